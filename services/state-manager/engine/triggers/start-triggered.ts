import type { GraphTrigger } from '../../domain/graph/triggers.ts';
import { writeJson } from '../../domain/json/exact-json.ts';
import { FanoutError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { RunStarter } from '../ports/settling.ts';
import { checkBytes } from './trigger-run.ts';

/** A run that a slot or an end starts. */
export interface TriggeredStart {
  readonly runId: string;
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

/**
 * Creates the run, or finds that it is there. Inputs that break the first node's schema let the run fail where
 * users look for it; what no run can be made of is logged.
 * @throws FanoutError STORAGE_FULL, STORAGE_UNAVAILABLE: to be tried again
 */
export async function startTriggered(
  { starter, runs, log }: { starter: RunStarter; runs: LoadedRuns; log: Log },
  { trigger, given, ...start }: TriggeredStart,
): Promise<void> {
  try {
    const inputsJson = writeJson({ ...trigger.inputs, ...given });
    const graph = await runs.graphOf(start);
    const limits = runs.limitsOf(graph);
    const { priority } = trigger;
    const store = new Map([...graph.store.defaults, ...(trigger.store ?? [])]);
    checkBytes(inputsJson, limits, store);
    const { labels } = graph;
    const triggerKind = trigger.kind === 'cron' ? 'CRON' : 'RUN_END';
    await starter.begin({
      ...{ graph, limits, priority, inputsJson, store, labels, triggerKind, digest: start.runId },
      ...start,
    });
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
  }
}
