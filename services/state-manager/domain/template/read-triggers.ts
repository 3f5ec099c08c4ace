import {
  type CronTrigger,
  catchUps,
  type EndStatus,
  type EndTrigger,
  endStatuses,
  type GraphTrigger,
  overlaps,
} from '../graph/triggers.ts';
import { quoted } from '../json/json.ts';
import {
  jsonObject,
  listOf,
  numberLike,
  objectOf,
  oneOf,
  type Reader,
  text,
  textLike,
  withPath,
} from '../json/read-json.ts';
import type { Violations } from '../json/violations.ts';
import { cronError, normalCron } from './cron-expression.ts';
import { storeValues } from './read-store.ts';
import { timeZoneError } from './time-zone.ts';

const maxTriggers = 20;
const maxJitterMs = 24 * 60 * 60_000;

const cron: Reader<string> = (value, path, violations) => {
  const expression = text(value, path, violations);
  if (expression === undefined) return undefined;
  const error = cronError(expression);
  if (error === undefined) return normalCron(expression);
  violations.add(path, 'INVALID_CRON', () => `the cron expression ${quoted(expression)} ${error}`);
  return undefined;
};

const timeZone: Reader<string> = (value, path, violations) => {
  const name = text(value, path, violations);
  if (name === undefined) return undefined;
  const error = timeZoneError(name);
  if (error === undefined) return name;
  violations.add(path, 'INVALID_TIME_ZONE', () => error);
  return undefined;
};

const statuses: Reader<EndStatus[]> = (value, path, violations) => {
  const found = listOf(oneOf(endStatuses))(value, path, violations);
  if (!Array.isArray(value) || value.length > 0) return found && [...new Set(found)];
  const sentence = `this list is empty, so nothing would start: name some of ${endStatuses.join(', ')}`;
  violations.add(path, 'INVALID_VALUE', () => sentence);
  return undefined;
};

const triggerFields = objectOf('a trigger', {
  cron,
  name: textLike(
    /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
    'INVALID_VALUE',
    'a name of 1 to 64 letters, digits, _ and -, with a letter first: correct it',
  ),
  jitter_ms: numberLike(
    (value) => Number.isInteger(value) && value >= 0 && value <= maxJitterMs,
    `a whole number of milliseconds from 0 to ${maxJitterMs}, which is a day`,
  ),
  time_zone: timeZone,
  overlap: oneOf(overlaps),
  catch_up: oneOf(catchUps),
  after: withPath(
    objectOf(
      'an "after" block',
      {
        graph: textLike(
          /^[A-Za-z0-9_.-]{1,128}$/,
          'INVALID_VALUE',
          'the name of a graph, of 1 to 128 letters, digits, _, . and -: correct it',
        ),
        on: statuses,
      },
      ['graph'],
    ),
  ),
  inputs: jsonObject,
  store: storeValues,
  priority: numberLike(
    (value) => Number.isInteger(value) && Math.abs(value) <= 100,
    'a whole number from -100 to 100',
  ),
});

type TriggerFields = NonNullable<ReturnType<typeof triggerFields>>;

/** Fields that only a cron trigger has. */
const cronFields = ['name', 'time_zone', 'overlap', 'catch_up', 'jitter_ms'] as const;

const trigger: Reader<NamedTrigger> = (value, path, violations) => {
  const fields = triggerFields(value, path, violations);
  if (fields === undefined) return undefined;
  const given = value as { readonly after?: unknown };
  const [hasCron, hasAfter] = [Object.hasOwn(given, 'cron'), Object.hasOwn(given, 'after')];
  const store = fields.store ?? (Object.hasOwn(given, 'store') ? undefined : new Map<string, string>());
  if (hasCron === hasAfter) {
    const problem = hasCron
      ? 'has both "cron" and "after": make two triggers of it'
      : 'needs "cron" or "after": add one';
    violations.add(path, 'INVALID_TRIGGER', () => `a trigger ${problem}`);
    return { path, store, value: undefined };
  }
  for (const field of hasAfter ? cronFields.filter((name) => Object.hasOwn(given, name)) : []) {
    violations.add(
      `${path}.${field}`,
      'INVALID_TRIGGER',
      () => `"${field}" goes with "cron" only: remove it`,
    );
  }
  return { path, store, value: hasAfter ? endTrigger(fields, given.after) : cronTrigger(fields) };
};

function cronTrigger(fields: TriggerFields): CronTrigger | undefined {
  if (fields.cron === undefined) return undefined;
  return {
    kind: 'cron',
    ...(fields.name !== undefined && { name: fields.name }),
    cron: fields.cron,
    timeZone: fields.time_zone ?? 'UTC',
    overlap: fields.overlap ?? 'ALLOW',
    catchUp: fields.catch_up ?? 'LAST',
    ...(fields.jitter_ms && { jitterMs: fields.jitter_ms }),
    inputs: fields.inputs ?? {},
    ...(fields.store && { store: fields.store }),
    priority: fields.priority ?? 0,
  };
}

function endTrigger(fields: TriggerFields, given: unknown): EndTrigger | undefined {
  const { graph, on } = fields.after?.value ?? {};
  if (graph === undefined || (on === undefined && Object.hasOwn(given as object, 'on'))) return undefined;
  return {
    kind: 'after',
    graph,
    on: on ?? ['SUCCESS'],
    inputs: fields.inputs ?? {},
    ...(fields.store && { store: fields.store }),
    priority: fields.priority ?? 0,
  };
}

/** A trigger, and where it stands. */
export interface NamedTrigger {
  readonly path: string;
  /** Values that it gives to the store; undefined: not usable, so that they are unknown. */
  readonly store: ReadonlyMap<string, string> | undefined;
  /** Undefined: not usable. */
  readonly value: GraphTrigger | undefined;
}

/** `triggers` of a graph. */
export const triggers: Reader<NamedTrigger[]> = (value, path, violations) => {
  const found = listOf(trigger)(value, path, violations);
  if (found === undefined) return undefined;
  if (Array.isArray(value) && value.length > maxTriggers) {
    const sentence = `a graph has at most ${maxTriggers} triggers and this has ${value.length}: remove some`;
    violations.add(path, 'TOO_MANY_TRIGGERS', () => sentence);
  }
  checkEnds(found, violations);
  checkNames(found, violations);
  return found;
};

/** A schedule is found by its name. */
function checkNames(found: readonly NamedTrigger[], violations: Violations): void {
  const taken = new Map<string, string>();
  for (const { path, value } of found) {
    if (value?.kind !== 'cron' || value.name === undefined) continue;
    const { name } = value;
    const before = taken.get(name);
    if (before === undefined) taken.set(name, path);
    else {
      violations.add(
        `${path}.name`,
        'DUPLICATE_TRIGGER',
        () => `${before} has the name "${name}" already: give each trigger another one`,
      );
    }
  }
}

/** One end starts one run of a graph, so that its id can be made of the end alone. */
function checkEnds(found: readonly NamedTrigger[], violations: Violations): void {
  const taken = new Map<string, string>();
  for (const { path, value } of found) {
    if (value?.kind !== 'after') continue;
    const { graph } = value;
    for (const status of value.on) {
      const before = taken.get(`${graph}:${status}`);
      if (before === undefined) taken.set(`${graph}:${status}`, path);
      else {
        violations.add(
          `${path}.after`,
          'DUPLICATE_TRIGGER',
          () => `a ${status} end of "${graph}" starts this graph already, by ${before}: keep one of the two`,
        );
      }
    }
  }
}
