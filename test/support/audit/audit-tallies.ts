/** Compares what is tallied of each node template, and which states are listed as the slowest, with all states. */
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import type { StateRecord } from '../../../services/state-manager/domain/run/state-record.ts';
import type { RunSnapshot } from './run-snapshot.ts';

/** Number of the slowest states that are listed of a node, and how long each has to have run, ms. */
const [slowestPerNode, slowMs] = [100, 10];
const nodeScore = 1e11;

export function tallyViolations(snapshot: RunSnapshot, graph: Graph): string[] {
  return graph.nodes.flatMap(({ index }) => {
    const states = [...snapshot.states].filter(([, { standing }]) => standing.node === index);
    return [
      ...numberViolations(
        index,
        snapshot.fields.get(`n${index}`),
        states.map(([, record]) => record),
      ),
      ...slowestViolations(index, snapshot.slowest, states),
    ];
  });
}

function numberViolations(
  node: number,
  field: string | undefined,
  records: readonly StateRecord[],
): string[] {
  const expected = new Map<string, number>();
  const add = (what: string, number: number) => {
    if (number > 0) expected.set(what, (expected.get(what) ?? 0) + number);
  };
  for (const { fanOut, replacement, waitedMs, ranMs } of records) {
    add('o', fanOut?.total ?? 0);
    add('r', replacement === undefined ? 0 : 1);
    if (waitedMs === undefined || ranMs === undefined) continue;
    add('ABCDEFGHIJKL'.charAt(bucketOf(waitedMs)), 1);
    add('abcdefghijkl'.charAt(bucketOf(ranMs)), 1);
  }
  const found = new Map(
    [...(field ?? '').matchAll(/([a-zA-Z])(\d+)/g)].map(([, what, number]) => [what!, Number(number)]),
  );
  const show = (numbers: ReadonlyMap<string, number>) => [...numbers].sort().flat().join('');
  if (show(found) === show(expected)) return [];
  return [`n${node} is ${show(found)}, recounted ${show(expected)}`];
}

function bucketOf(ms: number): number {
  let [bucket, end] = [0, 1];
  for (; ms >= end && bucket < 11; end *= 4) bucket += 1;
  return bucket;
}

/** Compares the times, and that each is of its state: any may be listed of several that took the same time. */
function slowestViolations(
  node: number,
  slowest: ReadonlyMap<string, number>,
  states: readonly (readonly [number, StateRecord])[],
): string[] {
  const times = new Map(states.map(([state, { ranMs = 0 }]) => [String(state), ranMs]));
  const listed = [...slowest].filter(([, score]) => Math.floor(score / nodeScore) === node);
  const descending = (numbers: readonly number[]) => [...numbers].sort((left, right) => right - left);
  const expected = descending([...times.values()].filter((ms) => ms >= slowMs)).slice(0, slowestPerNode);
  const found = descending(listed.map(([, score]) => score % nodeScore));
  return [
    ...(found.join() === expected.join()
      ? []
      : [`the slowest states of node ${node} took ${found.join()}, recounted ${expected.join()}`]),
    ...listed
      .filter(([state, score]) => times.get(state) !== score % nodeScore)
      .map(
        ([state, score]) => `state ${state} is listed as slow with ${score}, and ran ${times.get(state)} ms`,
      ),
  ];
}
