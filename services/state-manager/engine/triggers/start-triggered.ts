import type { CronTrigger, GraphTrigger } from '../../domain/graph/triggers.ts';
import { writeJson } from '../../domain/json/exact-json.ts';
import { FanoutError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Begun, RunStarter } from '../ports/settling.ts';
import type { Schedule } from '../ports/triggers.ts';
import { runIdOfSlot } from './schedule-slots.ts';
import { checkBytes } from './trigger-run.ts';

/** A run that a slot or an end starts. */
export interface TriggeredStart {
  readonly runId: string;
  /** The id was made for it, so that there is no run of that id; absent: there may be. */
  readonly hasOwnId?: boolean;
  readonly namespace: string;
  readonly graphName: string;
  readonly graphVersion: number;
  readonly trigger: GraphTrigger;
  /** Inputs that the slot or the end gives, over the trigger's inputs. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly chain: number;
  /** The run from which the ends descend that have led to it; absent: itself. */
  readonly origin?: string;
  readonly traceparent: string;
}

/** A cron trigger, and the version of the graph that it was found in. */
export interface FoundTrigger {
  readonly trigger: CronTrigger;
  readonly graphVersion: number;
}

/** The start of a slot's run. */
export function startOfSlot(schedule: Schedule, slotAt: number, found: FoundTrigger): TriggeredStart {
  const { namespace, graphName } = schedule;
  return {
    ...{ runId: runIdOfSlot(schedule, slotAt), namespace, graphName, ...found },
    given: { scheduled_time: new Date(slotAt).toISOString() },
    ...{ chain: 0, traceparent: '' },
  };
}

interface Parts {
  readonly starter: RunStarter;
  readonly runs: LoadedRuns;
}

/**
 * Creates the run, or finds that it is there. Inputs that break the first node's schema let the run fail where
 * users look for it; what no run can be made of is logged.
 * @returns false: no run can be made of it
 * @throws FanoutError STORAGE_FULL, STORAGE_UNAVAILABLE, QUOTA_EXCEEDED: to be tried again
 */
export async function startTriggered(
  { log, ...parts }: Parts & { readonly log: Log },
  start: TriggeredStart,
): Promise<boolean> {
  try {
    await beginTriggered(parts, start);
    return true;
  } catch (error) {
    const refusal = FanoutError.from(error);
    if (refusal.retryAfterMs !== undefined || refusal.reason === 'INTERNAL') throw error;
    const { namespace, graphName, runId } = start;
    log.warn({
      event: 'trigger_refused',
      namespace,
      graphName,
      runId,
      reason: refusal.reason,
      error: refusal.message,
    });
    return false;
  }
}

/**
 * Creates the run, or finds that it is there.
 * @throws FanoutError GRAPH_NOT_FOUND, INPUT_INVALID, QUOTA_EXCEEDED, STORAGE_FULL, STORAGE_UNAVAILABLE
 */
export async function beginTriggered(
  { starter, runs }: Parts,
  { trigger, given, ...start }: TriggeredStart,
): Promise<Begun> {
  const inputsJson = writeJson({ ...trigger.inputs, ...given });
  const graph = await runs.graphOf(start);
  const limits = runs.limitsOf(graph);
  const { priority } = trigger;
  const store = new Map([...graph.store.defaults, ...(trigger.store ?? [])]);
  checkBytes(inputsJson, limits, store);
  const { labels } = graph;
  const triggerKind = trigger.kind === 'cron' ? 'CRON' : 'RUN_END';
  return starter.begin({
    ...{ graph, limits, priority, inputsJson, store, labels, triggerKind, digest: start.runId },
    ...start,
  });
}
