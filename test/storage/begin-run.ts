import type { NewRun } from '../../services/state-manager/engine/ports/loaded-run.ts';
import type { RunSteps } from '../../services/state-manager/engine/ports/settling.ts';

/** Begins one run without takers. Tells whether it was created, or with what digest it is there. */
export async function beginRun(
  runs: RunSteps,
  run: NewRun,
): Promise<{ created: true } | { created: false; digest: string }> {
  const [result] = (await runs.commit({ newRuns: [run] })).triggered;
  if (result!.kind === 'failed') throw result!.error;
  if (result!.kind === 'closed') throw new Error(`version ${run.graphVersion} is closed`);
  return result!.kind === 'created' ? { created: true } : { created: false, digest: result!.digest };
}
