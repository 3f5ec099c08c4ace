import type { Redis } from 'ioredis';
import type { ScopeRecord } from '../../domain/run/scope-record.ts';
import {
  type BranchList,
  type DueStates,
  type FailedFilter,
  type ListedStates,
  type RunLists,
  type SlowState,
  wideScope,
} from '../../engine/ports/run-lists.ts';
import { runCommands } from '../connection/commands.ts';
import type { Keys } from '../layout/keys.ts';
import { runFields } from '../layout/run-fields.ts';
import {
  countBetween,
  failedRange,
  failedRangeDown,
  listBlock,
  numbersOf,
  ranMsOfScore,
  slowestRange,
} from '../layout/run-lists.ts';

/** Blocks that one read asks for. */
const blocksPerRead = 500;

/** Blocks that one read asks for in a count over all branches: some tenths of a millisecond of Redis. */
const blocksPerCount = 2_000;

/** Members of a shard's set of due states that are looked through for those of one run. */
const dueMembersRead = 1_000;

/** Reads the lists of one run. */
export class RedisRunLists implements RunLists {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async listedStates(runId: string, nodes: readonly number[]): Promise<ListedStates[]> {
    const lengths = await runCommands(
      this.#redis,
      nodes.flatMap((node) => [
        ['llen', this.#keys.ready(runId, node)],
        ['llen', this.#keys.parked(runId, node)],
      ]),
    );
    return nodes.map((_, i) => ({ ready: Number(lengths[2 * i]), parked: Number(lengths[2 * i + 1]) }));
  }

  async firstDueStates(runId: string): Promise<DueStates> {
    const key = this.#keys.due(this.#keys.shardOf(runId));
    const flat = await this.#redis.zrange(key, 0, dueMembersRead - 1, 'WITHSCORES');
    const byNode = new Map<number, { count: number; firstAt: number }>();
    for (let i = 0; i < flat.length; i += 2) {
      const [ofRun, , node] = flat[i]!.split(':');
      if (ofRun !== runId) continue;
      const { count, firstAt } = byNode.get(Number(node)) ?? { count: 0, firstAt: Number(flat[i + 1]) };
      byNode.set(Number(node), { count: count + 1, firstAt });
    }
    return { byNode, isComplete: flat.length < 2 * dueMembersRead };
  }

  async failedStates(
    runId: string,
    { status, includeSuperseded }: FailedFilter,
    {
      from,
      atMost,
      isNewestFirst = false,
    }: { readonly from: number; readonly atMost: number; readonly isNewestFirst?: boolean },
  ): Promise<number[]> {
    const key = this.#keys.failedStates(runId);
    const lists = await runCommands(
      this.#redis,
      (includeSuperseded ? [false, true] : [false]).map((areSuperseded) => {
        if (isNewestFirst) {
          const { min, max } = failedRangeDown(status, from, { areSuperseded });
          return ['zrevrangebyscore', key, max, min, 'LIMIT', 0, atMost];
        }
        const { min, max } = failedRange(status, from, { areSuperseded });
        return ['zrangebyscore', key, min, max, 'LIMIT', 0, atMost];
      }),
    );
    // Each list is in order, and has as many as are asked for. A state that was superseded between is in both.
    const states = new Set((lists as string[][]).flat().map(Number));
    const sign = isNewestFirst ? -1 : 1;
    return [...states].sort((left, right) => sign * (left - right)).slice(0, atMost);
  }

  async unitedExecutions(
    runId: string,
    { from, atMost }: { readonly from: number; readonly atMost: number },
  ): Promise<{ executions: number[]; next?: number }> {
    const blocks = blocksOf(from, from + blocksPerRead * listBlock);
    const fields = blocks.map(runFields.opened);
    const [seq, ...kept] = await this.#redis.hmget(this.#keys.run(runId), 'seq', ...fields);
    const last = Number(seq);
    const found = blocks
      // Of the first block nothing is kept, so that each state of it may have opened some.
      .flatMap((block, i) => numbersOf(block, kept[i]!, block > 0))
      .filter((state) => state >= from && state > 0 && state <= last);
    const beyond = (blocks.at(-1)! + 1) * listBlock;
    const next = found[atMost] ?? (beyond <= last ? beyond : undefined);
    const executions = found.slice(0, atMost);
    return next === undefined ? { executions } : { executions, next };
  }

  async maybeUnfinished(
    runId: string,
    scope: ScopeRecord,
    { from, to }: { readonly from: number; readonly to: number },
  ): Promise<number[]> {
    if (scope.total < wideScope) return Array.from({ length: to - from }, (_, i) => from + i);
    const blocks = blocksOf(from, to);
    const branches: number[] = [];
    for (let at = 0; at < blocks.length; at += blocksPerRead) {
      const read = blocks.slice(at, at + blocksPerRead);
      const fields = read.map((block) => runFields.finished(scope, block));
      const kept = await this.#redis.hmget(this.#keys.run(runId), ...fields);
      for (const [i, block] of read.entries()) branches.push(...numbersOf(block, kept[i]!, false));
    }
    return branches.filter((branch) => branch >= from && branch < to);
  }

  async countBranches(
    runId: string,
    scope: ScopeRecord,
    list: BranchList,
    bounds: readonly number[],
  ): Promise<number[]> {
    const counts = new Array<number>(bounds.length - 1).fill(0);
    const blocks = blocksOf(bounds[0]!, bounds.at(-1)!);
    const fieldOf = { FINISHED: runFields.finished, FAILED: runFields.failed, PRUNED: runFields.pruned }[
      list
    ];
    for (let at = 0; at < blocks.length; at += blocksPerCount) {
      const read = blocks.slice(at, at + blocksPerCount);
      const kept = await this.#redis.hmget(
        this.#keys.run(runId),
        ...read.map((block) => fieldOf(scope, block)),
      );
      for (const [i, bits] of kept.entries()) if (bits !== null) countBetween(read[i]!, bits, bounds, counts);
    }
    return counts;
  }

  async slowestStates(runId: string, nodes: readonly number[], atMost: number): Promise<SlowState[]> {
    const key = this.#keys.slowest(runId);
    const lists = await runCommands(
      this.#redis,
      nodes.map((node) => {
        const { min, max } = slowestRange(node);
        return ['zrevrangebyscore', key, max, min, 'WITHSCORES', 'LIMIT', 0, atMost];
      }),
    );
    const states = (lists as string[][]).flatMap((flat) =>
      Array.from({ length: flat.length / 2 }, (_, i) => ({
        state: Number(flat[2 * i]),
        ranMs: ranMsOfScore(Number(flat[2 * i + 1])),
      })),
    );
    return states
      .sort((left, right) => right.ranMs - left.ranMs || left.state - right.state)
      .slice(0, atMost);
  }
}

/** Blocks of the numbers `from` to `to`, half-open. */
function blocksOf(from: number, to: number): number[] {
  const first = Math.floor(from / listBlock);
  return Array.from({ length: Math.max(0, Math.ceil(to / listBlock) - first) }, (_, i) => first + i);
}
