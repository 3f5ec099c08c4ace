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

/** Scores of the slowest states of a node follow each other by how long they ran, ms. */
const slowestNode = 1e11;

/** Scores of the slowest states of a node. */
export function slowestRange(node: number): { readonly min: number; readonly max: string } {
  return { min: node * slowestNode, max: `(${(node + 1) * slowestNode}` };
}

/** Time for which a state ran, ms, by its score. */
export function ranMsOfScore(score: number): number {
  return score % slowestNode;
}

/** Numbers that one field tells of, with a bit for each. */
export const listBlock = 52;

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

/**
 * Adds the numbers of listed ones between bounds: `counts[i]` gets those from `bounds[i]` to `bounds[i + 1]`, half-open.
 * @param kept field of the block
 * @param bounds ascending
 */
export function countBetween(block: number, kept: string, bounds: readonly number[], counts: number[]): void {
  const [first, end] = [block * listBlock, (block + 1) * listBlock];
  const at = lastAtMost(bounds, first);
  // Most blocks lie within one pair of bounds.
  if (at >= 0 && at < counts.length && bounds[at + 1]! >= end) {
    counts[at]! += bitsIn(Number(kept));
    return;
  }
  for (const number of numbersOf(block, kept, true)) {
    const place = lastAtMost(bounds, number);
    if (place >= 0 && place < counts.length) counts[place]! += 1;
  }
}

/** Number of bits that are set in a whole number of up to 52. */
function bitsIn(number: number): number {
  if (number === wholeBlock) return listBlock;
  // By halves, since operators for bits take 32 of them.
  return bitsInHalf(number % halfBlock) + bitsInHalf(Math.floor(number / halfBlock));
}

const halfBlock = 2 ** (listBlock / 2);

function bitsInHalf(half: number): number {
  let count = 0;
  for (let bits = half; bits !== 0; bits &= bits - 1) count++;
  return count;
}

/** The index of the last bound that is no more than a number; -1: all are. */
function lastAtMost(bounds: readonly number[], number: number): number {
  let [low, high] = [-1, bounds.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (bounds[middle]! <= number) low = middle;
    else high = middle - 1;
  }
  return low;
}
