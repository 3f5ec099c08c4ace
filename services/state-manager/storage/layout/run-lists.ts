/**
 * Lists of a run, by which a few of its states are found without a look at all of them.
 * `lua/shared/lists.lua` has the layout, and scripts write it.
 */

import type { FailedStatus } from '../../engine/ports/run-lists.ts';

const failedScores: Readonly<Record<FailedStatus, number>> = { ERRORED: 1e12, RETRY_CREATED: 2e12 };

/** Scores of the states of a status, from one on: they follow each other by the numbers of the states. */
export function failedRange(
  status: FailedStatus,
  from: number,
): { readonly min: number; readonly max: string } {
  const first = failedScores[status];
  return { min: first + from, max: `(${first + 1e12}` };
}
