/** Tallies of a node template in a run, packed into one field: as in `lua/shared/tallies.lua`, which writes it. */

import type { NodeTallies } from '../../domain/model/run.ts';

const [outputs, retries] = ['o', 'r'];
const timeBuckets = 12;
/** Letters of the first bucket of each histogram. */
const [waited, ran] = ['A', 'a'].map((letter) => letter.charCodeAt(0)) as [number, number];

/** Unpacks tallies. @param packed null: there are none yet */
export function decodeTallies(packed: string | null | undefined): NodeTallies {
  const numbers = new Map<string, number>();
  for (const [, what, number] of (packed ?? '').matchAll(/([a-zA-Z])(\d+)/g))
    numbers.set(what!, Number(number));
  const of = (what: string | undefined) => numbers.get(what ?? '') ?? 0;
  const histogram = (first: number) =>
    Array.from({ length: timeBuckets }, (_, bucket) => of(String.fromCharCode(first + bucket)));
  const runningTimes = histogram(ran);
  return {
    executions: runningTimes.reduce((sum, number) => sum + number, 0),
    outputs: of(outputs),
    retries: of(retries),
    waitingTimes: histogram(waited),
    runningTimes,
  };
}
