import type { Redis } from 'ioredis';
import type { Page } from '../../domain/model/page.ts';
import type { RunFilter, RunSummary } from '../../domain/model/run.ts';
import type { RunHeader } from '../../engine/ports/loaded-run.ts';
import type { RunIndex, RunUsage } from '../../engine/ports/run-reader.ts';
import { runCommands } from '../connection/commands.ts';
import type { Keys } from '../layout/keys.ts';
import { listRuns } from './list-runs.ts';

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

  list(
    namespace: string,
    filter: RunFilter,
    page: { pageSize: number; pageToken: string },
  ): Promise<Page<RunSummary>> {
    return listRuns(this.#redis, this.#keys, namespace, filter, page);
  }

  async goOn(runIds: readonly string[]): Promise<boolean[]> {
    const rows = await runCommands(
      this.#redis,
      runIds.map((runId) => ['hmget', this.#keys.run(runId), 'status', 'ended']),
    );
    return (rows as (string | null)[][]).map(([status, endedAt]) => Boolean(status) && !endedAt);
  }
}
