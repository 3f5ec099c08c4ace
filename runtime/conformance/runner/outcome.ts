/** Compares what came of a scenario with what it expects. */
import { isDeepStrictEqual } from 'node:util';
import type { State__Output } from '@fanout/proto';
import type { EndedRun } from './caller.ts';
import { isAmount } from './matching.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './steps.ts';
import { brokenLeaseRules, brokenStreamRules } from './wire-rules.ts';

type Expectations = Scenario['expect'];

/** Runs with more states than this are compared by their counts alone. */
const maxListed = 20_000;

/**
 * @param ended undefined: the scenario has no run
 * @param ownsHosts false: hosts have other runs as well
 * @returns a sentence for each difference
 */
export async function findDifferences(
  expect: Expectations,
  stage: Stage,
  ended: EndedRun | undefined,
  ownsHosts: boolean,
): Promise<string[]> {
  const wires = stage.observation.hosts().flatMap((host) => {
    const items = stage.observation.itemsOf(host);
    return [...brokenLeaseRules(items), ...(ownsHosts ? brokenStreamRules(items) : [])];
  });
  return [
    ...(ended ? await ofRun(expect, stage, ended) : []),
    ...ofWire(expect, stage),
    ...ofHosts(expect, stage, ownsHosts),
    ...wires,
  ];
}

async function ofRun(expect: Expectations, stage: Stage, { run, results }: EndedRun): Promise<string[]> {
  const { runId } = stage;
  const isListed = (run.stateCount ?? 0) <= maxListed;
  const states = isListed ? await stage.caller().states(runId) : [];
  const last = states.filter(({ status }) => status !== 'STATE_STATUS_RETRY_CREATED');
  const at = (identifier: string) => last.filter((state) => state.identifier === identifier);
  const problems = [
    ...differs('the run', short(run.status, 'RUN_STATUS_'), expect.run),
    ...differs(
      'the results',
      results.map(({ outputJson }) => JSON.parse(outputJson ?? 'null')),
      expect.results,
    ),
  ];
  for (const [identifier, expected] of Object.entries(expect.states ?? {})) {
    const counts = run.counts?.find((each) => each.identifier === identifier) ?? {};
    problems.push(...differs(`the states at ${identifier}`, countsOf(counts), expected));
  }
  for (const [identifier, expected] of Object.entries(expect.attempts ?? {})) {
    const attempts = at(identifier).map(({ attempt }) => attempt ?? 0);
    problems.push(
      ...differs(
        `the attempts at ${identifier}`,
        attempts.sort((a, b) => a - b),
        expected,
      ),
    );
  }
  for (const [identifier, expected] of Object.entries(expect.outputs ?? {})) {
    const outputs = at(identifier).map(({ outputJson }) => JSON.parse(outputJson || 'null') as unknown);
    problems.push(...differs(`the outputs at ${identifier}`, outputs, [expected]));
  }
  if (expect.failures) problems.push(...ofFailures(last, expect.failures));
  if (expect.store || expect.store_text) {
    const text = await stage.caller().store(runId);
    const store = Object.fromEntries(Object.entries(text).map(([key, json]) => [key, JSON.parse(json)]));
    problems.push(...differs('the store', store, expect.store));
    for (const [key, expected] of Object.entries(expect.store_text ?? {}))
      problems.push(...differs(`the text of ${key} in the store`, text[key], expected));
  }
  return problems;
}

function ofFailures(
  states: readonly State__Output[],
  expected: NonNullable<Expectations['failures']>,
): string[] {
  const failures = states.flatMap(({ identifier, failure }) => (failure ? [{ identifier, ...failure }] : []));
  const open = [...failures];
  const problems: string[] = [];
  for (const each of expected) {
    const index = open.findIndex(
      ({ identifier, code, message = '' }) =>
        identifier === each.identifier &&
        (each.code === undefined || code === each.code) &&
        (each.message === undefined || new RegExp(each.message, 's').test(message)),
    );
    if (index < 0) problems.push(`there is no failure ${show(each)} among ${show(failures)}`);
    else open.splice(index, 1);
  }
  for (const each of open) problems.push(`there is a failure ${show(each)}`);
  return problems;
}

function ofWire(expect: Expectations, { observation }: Stage): string[] {
  const problems: string[] = [];
  for (const [identifier, expected] of Object.entries(expect.inputs ?? {})) {
    const assignments = observation.items({ item: 'assignment', identifier });
    const inputs = assignments.map(({ value }) => JSON.parse(value.inputsJson as string) as unknown);
    problems.push(...differs(`the inputs at ${identifier}`, inputs, expected));
  }
  for (const { count, frames, distinct, ...filter } of expect.wire ?? []) {
    const items = observation.items(filter);
    if (!isAmount(items.length, count))
      problems.push(`${show(filter)} passed ${items.length} times, not ${show(count)}`);
    const travelled = new Set(items.map(({ frame }) => frame)).size;
    if (frames !== undefined && !isAmount(travelled, frames))
      problems.push(`${show(filter)} passed in ${travelled} frames, not ${show(frames)}`);
    if (!distinct) continue;
    const values = new Set(items.map(({ value }) => JSON.stringify(value[distinct.field])));
    if (!isAmount(values.size, distinct.count))
      problems.push(
        `${show(filter)} has ${values.size} different ${distinct.field}, not ${show(distinct.count)}`,
      );
  }
  return problems;
}

function ofHosts(expect: Expectations, { observation }: Stage, ownsHosts: boolean): string[] {
  const problems: string[] = [];
  for (const { count, ...filter } of expect.said ?? []) {
    const lines = observation.said(filter);
    if (!isAmount(lines.length, count))
      problems.push(`nodes said ${show(filter)} ${lines.length} times, not ${show(count)}`);
  }
  if (!ownsHosts) return problems;
  for (const host of observation.hosts()) {
    problems.push(...differs(`the end of host ${host.name}`, host.exit, expect.exits?.[host.name] ?? 0));
    if (host.isShutOut && host.lines.some((line) => line.host === 'connected'))
      problems.push(`host ${host.name} was let in`);
    const failed = host.lines.find((line) => line.host === 'failed');
    const expected = expect.failed?.[host.name];
    if (failed ? !expected || !new RegExp(expected).test(`${failed.reason} ${failed.message}`) : expected)
      problems.push(`host ${host.name} failed with ${show(failed)}, not with ${show(expected)}`);
  }
  return problems;
}

/** Numbers of a place that are not of states. */
const otherNumbers: readonly string[] = ['executions', 'outputs', 'retries'];

/** Counts of a place by status, without those that are 0. */
function countsOf(counts: object): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, count] of Object.entries(counts)) {
    const isStatus = typeof count === 'number' && count > 0 && !otherNumbers.includes(name);
    if (isStatus) found[name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()] = count;
  }
  return found;
}

/** Nothing is expected if it is undefined. */
function differs(what: string, value: unknown, expected: unknown): string[] {
  if (expected === undefined || isDeepStrictEqual(value, expected)) return [];
  return [`${what}: ${show(value)}, not ${show(expected)}`];
}

function short(status: string | undefined, prefix: string): string {
  return (status ?? '').replace(prefix, '');
}

/** Longest text that a sentence shows of a value. */
const maxShown = 600;

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > maxShown ? `${text.slice(0, maxShown)}… (${text.length} characters)` : text;
}
