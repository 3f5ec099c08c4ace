import type { NewRun } from '../../engine/ports/loaded-run.ts';
import { childrenOf, type Settlement } from '../../engine/ports/settling.ts';

/** Time that one call may keep Redis from others, nearly; and what its parts take, microseconds. */
const maxMicroseconds = 3_000;
const perNewRun = 50;
const perRun = 60;
const perReport = 20;
const perChild = 8;
const perKilobyte = 1;

/** Steps of one kind, each with its place in the turn. */
export interface Packed<T> {
  readonly items: readonly T[];
  readonly places: readonly number[];
}

/** Divides settlements into calls: each of one shard, with each run once, and none that keeps Redis for long. */
export function packSettlements(
  settlements: readonly Settlement[],
  shardOf: (runId: string) => number,
): Packed<Settlement>[] {
  return pack(settlements, ({ run }) => run.runId, costOf, shardOf);
}

/** Divides new runs into calls, likewise. */
export function packNewRuns(
  newRuns: readonly NewRun[],
  shardOf: (runId: string) => number,
): Packed<NewRun>[] {
  return pack(newRuns, ({ runId }) => runId, costOfNew, shardOf);
}

function pack<T>(
  items: readonly T[],
  runIdOf: (item: T) => string,
  costOfItem: (item: T) => number,
  shardOf: (runId: string) => number,
): Packed<T>[] {
  const calls: Call<T>[] = [];
  const open = new Map<number, Call<T>>();
  items.forEach((item, place) => {
    const runId = runIdOf(item);
    const shard = shardOf(runId);
    const cost = costOfItem(item);
    let call = open.get(shard);
    if (!call || call.cost + cost > maxMicroseconds || call.runs.has(runId)) {
      call = { items: [], places: [], runs: new Set(), cost: 0 };
      open.set(shard, call);
      calls.push(call);
    }
    call.items.push(item);
    call.places.push(place);
    call.runs.add(runId);
    call.cost += cost;
  });
  return calls;
}

interface Call<T> extends Packed<T> {
  readonly items: T[];
  readonly places: number[];
  readonly runs: Set<string>;
  cost: number;
}

function costOf({ reports }: Settlement): number {
  let cost = perRun;
  for (const report of reports) {
    cost += perReport + perChild * childrenOf(report);
    for (const output of report.outputsJson) cost += (perKilobyte * output.length) / 1_000;
  }
  return cost;
}

function costOfNew({ inputsJson, store }: NewRun): number {
  let bytes = inputsJson.length;
  for (const [name, value] of store ?? []) bytes += name.length + value.length;
  return perNewRun + (perKilobyte * bytes) / 1_000;
}
