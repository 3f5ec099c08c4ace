/** Watches a run until it ends, for `run watch` and `run start --watch`. */
import type { Run, RunStatus } from '@fanout/runtime';
import { untilInterrupted } from '../connection/interruption.ts';
import type { Call, Outcome } from '../connection/with-client.ts';
import { Interrupted } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { paint } from '../terminal/colour.ts';
import { countOf, formatDuration } from '../terminal/format.ts';
import { createLiveView } from '../terminal/live-view.ts';
import { printable } from '../terminal/printable.ts';

const colours = {
  RUNNING: 'cyan',
  SUCCESS: 'green',
  FAILED: 'red',
  CANCELLED: 'yellow',
  PAUSED: 'yellow',
} as const;

export function statusWord(status: RunStatus): string {
  return paint(colours[status], status);
}

/** One line about a run: its id, its graph, its status and its time. */
export function describeRun({
  id,
  graphName,
  graphVersion,
  status,
  createdAt,
  endedAt,
  stateCount,
}: Run): string {
  const took = formatDuration((endedAt ?? Date.now()) - createdAt);
  const time = endedAt === undefined ? `for ${took}` : `after ${took}`;
  return `run ${id} of ${printable(graphName)} v${graphVersion}: ${statusWord(status)} ${time}, ${countOf(stateCount, 'state')}`;
}

/** Shows snapshots until the run ends; Ctrl-C ends the watching, not the run. @throws Interrupted by Ctrl-C */
export async function watchRun({ client, output }: Call, runId: string): Outcome {
  const view = output.isJson ? undefined : createLiveView();
  let newest: Run | undefined;
  await untilInterrupted(
    () => interruption(runId),
    async (signal) => {
      try {
        for await (const run of client.watch(runId, { signal })) {
          newest = run;
          view?.update(run.counts);
          if (output.isJson) output.show(run, () => []);
        }
      } finally {
        if (newest) view?.end();
      }
    },
  );
  if (newest === undefined) throw new Error(`the watch of run ${runId} ended without a snapshot`);
  output.tell(describeRun(newest));
  const { status } = newest;
  output.tell(status === 'SUCCESS' ? `Next: fanout run results ${runId}` : `Next: fanout failures ${runId}`);
  return status === 'SUCCESS' ? exitCodes.ok : exitCodes.failed;
}

function interruption(runId: string): Interrupted {
  return new Interrupted(
    `stopped watching: run ${runId} goes on`,
    `"fanout run watch ${runId}" watches it again, "fanout run cancel ${runId}" ends it.`,
  );
}
