/**
 * Lists of a run, by which a few of its states, scopes or branches are found without a look at all of them.
 * `lua/shared/lists.lua` has the layout, with an example, and scripts write it.
 */

import type { FailedStatus } from '../../engine/ports/run-lists.ts';

type FailedScores = Readonly<Record<FailedStatus, number>>;

const failedScores: FailedScores = { ERRORED: 1e12, RETRY_CREATED: 2e12 };
const supersededScores: FailedScores = { ERRORED: 3e12, RETRY_CREATED: 4e12 };

/** Scores of the states of a status, from one on: they follow each other by the numbers of the states. */
export function failedRange(
  status: FailedStatus,
  from: number,
  { areSuperseded }: { readonly areSuperseded: boolean },
): { readonly min: number; readonly max: string } {
  const first = (areSuperseded ? supersededScores : failedScores)[status];
  return { min: first + from, max: `(${first + 1e12}` };
}

/** The same down to the first one. */
export function failedRangeDown(
  status: FailedStatus,
  from: number,
  { areSuperseded }: { readonly areSuperseded: boolean },
): { readonly min: number; readonly max: number } {
  const first = (areSuperseded ? supersededScores : failedScores)[status];
  return { min: first, max: first + from };
}

/** Numbers that one field tells of, with a bit for each. */
export const listBlock = 52;

/** Branches that a scope has at least for those to be listed that have finished. */
export const wideScope = 256;

const wholeBlock = 2 ** listBlock - 1;

/** Numbers of a block that are listed, or those that are not, ascending. @param kept its field; null: it has none */
export function numbersOf(block: number, kept: string | null, areListed: boolean): number[] {
  const numbers: number[] = [];
  // By division: operators for bits would cut the field to 32 of them. Most blocks have none to find.
  let bits = areListed ? Number(kept) : wholeBlock - Number(kept);
  for (let number = block * listBlock; bits > 0; number++, bits = Math.floor(bits / 2))
    if (bits % 2 === 1) numbers.push(number);
  return numbers;
}
