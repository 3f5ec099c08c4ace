import type { z } from 'zod';
import { checkOptions, type OptionNames } from '../wire/options.ts';
import type { TriggerTemplate } from './graph-template.ts';

/**
 * A trigger that starts runs of a graph without a call: by the slots of a cron expression, or by ends of another
 * graph's runs.
 */
export type GraphTrigger<Inputs = Record<string, unknown>> = CronTrigger<Inputs> | EndTrigger<Inputs>;

/** Starts a run at each slot of a cron expression. */
export type CronTrigger<Inputs> = {
  /** Name of the schedule, unique in the graph, by which it is paused, resumed and back-filled. */
  readonly name?: string;
  /** Minute, hour, day of month, month, day of week, perhaps with the second in front; or an alias such as `@daily`. */
  readonly cron: string;
  /** IANA name, `UTC` if absent. */
  readonly timeZone?: string;
  /** Rule for a slot that comes while the run of the slot before goes on; `ALLOW` if absent. */
  readonly overlap?: 'ALLOW' | 'SKIP' | 'CANCEL_RUNNING';
  /** Slots that count of those that came while no state manager ran; `LAST` if absent. `ALL`: the newest 100. */
  readonly catchUp?: 'NONE' | 'LAST' | 'ALL';
  /** Longest time between a slot and the start of its run, milliseconds, up to a day; none if absent. */
  readonly jitterMs?: number;
  readonly after?: never;
} & Common<Omit<Inputs, keyof SlotInputs>>;

/** Starts a run when one of another graph has ended. */
export type EndTrigger<Inputs> = {
  /** The other graph, or its name. */
  readonly after: { readonly name: string } | string;
  /** Ends that count; `SUCCESS` if absent. */
  readonly on?: readonly [EndStatus, ...EndStatus[]];
  readonly cron?: never;
} & Common<Omit<Inputs, keyof EndInputs>>;

type EndStatus = 'SUCCESS' | 'FAILED' | 'CANCELLED';

type Common<Inputs> = {
  /** Higher runs first, -100 to 100; 0 if absent. */
  readonly priority?: number;
  /** Values for the run's store, over the defaults of the graph. */
  readonly store?: Readonly<Record<string, unknown>>;
} & (Record<never, never> extends Inputs ? { readonly inputs?: Inputs } : { readonly inputs: Inputs });

/** Inputs that every slot adds. */
export interface SlotInputs {
  /** The slot's instant, ISO 8601 in UTC. */
  readonly scheduled_time: string;
}

/** Inputs that every end adds. */
export interface EndInputs {
  /** The run that has ended. */
  readonly run_id: string;
  /** Its graph. */
  readonly graph_name: string;
  /** The status in which it has ended. */
  readonly status: EndStatus;
}

const triggerOptions: OptionNames<GraphTrigger> = {
  name: true,
  cron: true,
  timeZone: true,
  overlap: true,
  catchUp: true,
  jitterMs: true,
  after: true,
  on: true,
  inputs: true,
  priority: true,
  store: true,
};

/**
 * The JSON of a graph's triggers, with the defaults of the graph's schema filled in.
 * @throws TypeError inputs break the schema, or an option is not known
 */
export function writeTriggers(
  graphName: string,
  schema: z.ZodObject,
  triggers: readonly GraphTrigger[],
): TriggerTemplate[] {
  return triggers.map((trigger, index) => {
    checkOptions(`graph ${graphName}: trigger ${index}`, trigger, triggerOptions);
    const { priority, store } = trigger;
    const common = { ...(store && { store }), ...(priority !== undefined && { priority }) };
    if (trigger.after === undefined) {
      const given: SlotInputs = { scheduled_time: new Date(0).toISOString() };
      return {
        ...(trigger.name !== undefined && { name: trigger.name }),
        cron: trigger.cron,
        ...(trigger.timeZone !== undefined && { time_zone: trigger.timeZone }),
        ...(trigger.overlap && { overlap: trigger.overlap }),
        ...(trigger.catchUp && { catch_up: trigger.catchUp }),
        ...(trigger.jitterMs !== undefined && { jitter_ms: trigger.jitterMs }),
        ...writeInputs(graphName, schema, index, trigger.inputs, { ...given }),
        ...common,
      };
    }
    const graph = typeof trigger.after === 'string' ? trigger.after : trigger.after.name;
    const given: EndInputs = { run_id: 'run', graph_name: graph, status: trigger.on?.[0] ?? 'SUCCESS' };
    return {
      after: { graph, ...(trigger.on && { on: trigger.on }) },
      ...writeInputs(graphName, schema, index, trigger.inputs, { ...given }),
      ...common,
    };
  });
}

/** @param given stands for what the state manager adds: the schema may ask for it */
function writeInputs(
  graphName: string,
  schema: z.ZodObject,
  index: number,
  inputs: Readonly<Record<string, unknown>> = {},
  given: Readonly<Record<string, unknown>>,
): { inputs?: Record<string, unknown> } {
  const asked = Object.fromEntries(Object.entries(given).filter(([name]) => name in schema.shape));
  const parsed = schema.safeParse({ ...inputs, ...asked });
  if (!parsed.success) {
    const list = parsed.error.issues
      .map(({ path, message }) => `\n  ${path.join('.') || '$'}: ${message}`)
      .join('');
    throw new TypeError(`graph ${graphName}: the inputs of trigger ${index} break its schema:${list}`);
  }
  const own = Object.entries(parsed.data).filter(([name]) => !(name in given));
  return own.length > 0 ? { inputs: Object.fromEntries(own) } : {};
}
