import type { Redis } from 'ioredis';
import type { Page } from '../../domain/model/page.ts';
import type { RunFilter, RunSummary } from '../../domain/model/run.ts';
import type { RunHeader } from '../../engine/ports/loaded-run.ts';
import type { RunIndex, RunUsage } from '../../engine/ports/run-reader.ts';
import { FanoutError } from '../../errors.ts';
import { runCommands } from '../connection/commands.ts';
import type { Keys } from '../layout/keys.ts';
import { readSummary, summaryFields } from '../layout/run-head.ts';

const headerFields = ['namespace', 'graph', 'version', 'priority', 'traceparent'] as const;

/** Finds runs: by id, and by namespace in pages. */
export class RedisRunIndex implements RunIndex {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async headers(runIds: readonly string[]): Promise<(RunHeader | undefined)[]> {
    const rows = await runCommands(
      this.#redis,
      runIds.map((runId) => ['hmget', this.#keys.run(runId), ...headerFields]),
    );
    return (rows as (string | null)[][]).map(([namespace, graphName, version, priority, traceparent], i) => {
      if (!namespace || !graphName) return undefined;
      return {
        runId: runIds[i]!,
        namespace,
        graphName,
        graphVersion: Number(version),
        priority: Number(priority),
        traceparent: traceparent ?? '',
      };
    });
  }

  async usage(namespace: string): Promise<RunUsage> {
    const rows = await runCommands(
      this.#redis,
      Array.from({ length: this.#keys.shards }, (_, shard) => [
        'hmget',
        this.#keys.usage(shard),
        `${namespace}:runs`,
        `${namespace}:states`,
        `${namespace}:bytes`,
      ]),
    );
    const sum = (at: 0 | 1 | 2) =>
      (rows as (string | null)[][]).reduce((total, row) => total + Number(row[at] ?? 0), 0);
    return { runs: sum(0), states: sum(1), bytes: sum(2) };
  }

  async list(
    namespace: string,
    filter: RunFilter,
    { pageSize, pageToken }: { pageSize: number; pageToken: string },
  ): Promise<Page<RunSummary>> {
    const after = pageToken === '' ? undefined : readRunToken(pageToken);
    const lists = await Promise.all(
      Array.from({ length: this.#keys.shards }, (_, shard) =>
        this.#newestRuns(shard, namespace, filter, after, pageSize),
      ),
    );
    const ids = lists.flat().sort(newestFirst).slice(0, pageSize);
    const summaries = await this.#summaries(ids.map(({ runId }) => runId));
    const items = summaries.filter(
      (run) =>
        run !== undefined &&
        (!filter.graphName || run.graphName === filter.graphName) &&
        (!filter.status || run.status === filter.status),
    ) as RunSummary[];
    const last = ids.at(-1);
    if (ids.length < pageSize || !last) return { items };
    return { items, nextPageToken: `${last.createdAt}:${last.runId}` };
  }

  async goOn(runIds: readonly string[]): Promise<boolean[]> {
    const rows = await runCommands(
      this.#redis,
      runIds.map((runId) => ['hmget', this.#keys.run(runId), 'status', 'ended']),
    );
    return (rows as (string | null)[][]).map(([status, endedAt]) => Boolean(status) && !endedAt);
  }

  async #summaries(runIds: readonly string[]): Promise<(RunSummary | undefined)[]> {
    const rows = await runCommands(
      this.#redis,
      runIds.map((runId) => ['hmget', this.#keys.run(runId), ...summaryFields]),
    );
    return (rows as (string | null)[][]).map((row, i) => readSummary(runIds[i]!, row));
  }

  async #newestRuns(
    shard: number,
    namespace: string,
    { triggeredFrom, triggeredBefore }: RunFilter,
    after: { createdAt: number; runId: string } | undefined,
    atMost: number,
  ): Promise<{ createdAt: number; runId: string }[]> {
    const key = this.#keys.runs(shard, namespace);
    const found: { createdAt: number; runId: string }[] = [];
    const min = triggeredFrom === undefined ? '-inf' : String(triggeredFrom);
    const newest = triggeredBefore === undefined ? '+inf' : `(${triggeredBefore}`;
    // Runs of the same millisecond are told apart by their ids, which the score does not hold.
    for (let offset = 0; found.length < atMost; offset += atMost) {
      const max = after ? String(after.createdAt) : newest;
      const flat = await this.#redis.zrevrangebyscore(key, max, min, 'WITHSCORES', 'LIMIT', offset, atMost);
      for (let i = 0; i < flat.length; i += 2) {
        const run = { runId: flat[i]!, createdAt: Number(flat[i + 1]) };
        if (!after || newestFirst(after, run) < 0) found.push(run);
      }
      if (flat.length < 2 * atMost) break;
    }
    return found;
  }
}

function newestFirst(
  left: { createdAt: number; runId: string },
  right: { createdAt: number; runId: string },
): number {
  return (
    right.createdAt - left.createdAt || (left.runId < right.runId ? 1 : left.runId > right.runId ? -1 : 0)
  );
}

function readRunToken(pageToken: string): { createdAt: number; runId: string } {
  const [createdAt, runId] = pageToken.split(':');
  if (!runId || !/^\d+$/.test(createdAt ?? '')) {
    throw new FanoutError(
      'PAGE_TOKEN_INVALID',
      'page_token is not one that this list gave: start again without it',
    );
  }
  return { createdAt: Number(createdAt), runId };
}
