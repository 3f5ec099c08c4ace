import { nodeAt } from '../../domain/graph/graph.ts';
import type { CountedOutcome, Meters } from '../ports/meters.ts';
import type { PlannedReport, Settlement, Turn } from '../ports/settling.ts';
import type { RunStorage } from '../ports/storage.ts';
import type { RunEvents } from './run-events.ts';

type StepKind = PlannedReport['plan']['step']['kind'];

/** Outcomes by what a report leads to. What is emitted or sealed only leaves its state as it is. */
const outcomes: Readonly<Partial<Record<StepKind, CountedOutcome>>> = {
  succeed: 'succeeded',
  fail: 'errored',
  retry: 'retried',
  prune: 'pruned',
  cancel: 'cancelled',
  requeue: 'requeued',
  lose: 'lease_lost',
  return: 'returned',
};

/** The same storage, whose commits are counted once storage has taken them, and told of where they start runs. */
export function countingSteps(storage: RunStorage, meters: Meters, events: RunEvents): RunStorage {
  return {
    ...storage,
    async commit(turn: Partial<Turn>) {
      const result = await storage.commit(turn);
      result.triggered.forEach((triggered, i) => {
        const run = turn.newRuns![i]!;
        if (triggered.kind !== 'created') return;
        meters.runStarted(run.namespace, run.graphName);
        events.started(run);
      });
      result.settled.forEach((settled, i) => {
        if (settled.kind === 'committed') count(turn.settlements![i]!, meters);
      });
      return result;
    },
  };
}

function count({ run, reports }: Settlement, meters: Meters): void {
  const { namespace, graphName, graph } = run;
  for (const { record, plan } of reports) {
    const outcome = outcomes[plan.step.kind];
    if (outcome === undefined) continue;
    const { identifier } = nodeAt(graph, record.standing.node);
    meters.stateSettled({ namespace, graphName, identifier }, outcome, record.waitedMs);
  }
}
