import type { Redis } from 'ioredis';
import type { RunJob, RunJobSpec } from '../domain/model/run-job.ts';
import type {
  RunJobAddress,
  RunJobLimits,
  RunJobProgress,
  RunJobStorage,
  StoredRunJob,
} from '../engine/ports/run-jobs.ts';
import { runScript, scriptNamed } from './connection/scripts.ts';
import type { Keys } from './layout/keys.ts';
import {
  firstProgress,
  jobFields,
  jobFieldsOf,
  readJobMember,
  readRunJob,
  runJobMember,
  writeSpec,
} from './layout/run-jobs.ts';

/** Jobs that have ended are forgotten after so long, milliseconds. */
const keptMs = 86_400_000;

/** Jobs on many runs in Redis: all of a namespace in one hash, on the shard that its name leads to. */
export class RedisRunJobs implements RunJobStorage {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async start(
    address: RunJobAddress,
    spec: RunJobSpec,
    { atOnce, kept }: RunJobLimits,
  ): Promise<'STARTED' | 'SAME' | 'OTHER' | 'FULL'> {
    const { namespace, jobId } = address;
    return (await runScript(this.#redis, {
      script: scriptNamed('start_run_job'),
      keys: {
        jobs: this.#keys.runJobs(namespace),
        ends: this.#keys.runJobEnds(namespace),
        due: this.#keys.dueRunJobs(this.#keys.shardOf(namespace)),
      },
      args: {
        job: jobId,
        member: runJobMember(address),
        spec: writeSpec(spec),
        progress: JSON.stringify(firstProgress),
        at_once: atOnce,
        kept,
      },
    })) as 'STARTED' | 'SAME' | 'OTHER' | 'FULL';
  }

  async read(address: RunJobAddress): Promise<StoredRunJob | undefined> {
    const { namespace, jobId } = address;
    const row = await this.#redis.hmget(this.#keys.runJobs(namespace), ...jobFieldsOf(jobId));
    return readRunJob(address, row);
  }

  async list(namespace: string, atMost: number): Promise<RunJob[]> {
    const ids = await this.#redis.zrange(this.#keys.runJobEnds(namespace), 0, atMost - 1);
    if (ids.length === 0) return [];
    const rows = await this.#redis.hmget(this.#keys.runJobs(namespace), ...ids.flatMap(jobFieldsOf));
    return ids
      .flatMap((jobId, i) => {
        const row = rows.slice(i * jobFields, (i + 1) * jobFields);
        return readRunJob({ namespace, jobId }, row)?.job ?? [];
      })
      .sort((left, right) => right.createdAt - left.createdAt || (left.jobId < right.jobId ? 1 : -1));
  }

  async take(shard: number, leaseMs: number, atMost: number): Promise<RunJobAddress[]> {
    const members = (await runScript(this.#redis, {
      script: scriptNamed('take_run_jobs'),
      keys: { due: this.#keys.dueRunJobs(shard) },
      args: { lease_ms: leaseMs, at_most: atMost },
    })) as string[];
    return members.map(readJobMember);
  }

  async move(
    { namespace, jobId, revision }: StoredRunJob,
    progress: RunJobProgress,
    againMs: number | undefined,
  ): Promise<'GOES_ON' | 'ENDED' | 'MOVED'> {
    return (await runScript(this.#redis, {
      script: scriptNamed('move_run_job'),
      keys: {
        jobs: this.#keys.runJobs(namespace),
        ends: this.#keys.runJobEnds(namespace),
        due: this.#keys.dueRunJobs(this.#keys.shardOf(namespace)),
      },
      args: {
        job: jobId,
        member: runJobMember({ namespace, jobId }),
        seen: revision,
        progress: JSON.stringify(progress),
        again_ms: againMs ?? '',
        kept_ms: keptMs,
      },
    })) as 'GOES_ON' | 'ENDED' | 'MOVED';
  }

  async drop(address: RunJobAddress): Promise<void> {
    await this.#redis.zrem(
      this.#keys.dueRunJobs(this.#keys.shardOf(address.namespace)),
      runJobMember(address),
    );
  }

  async stop({ namespace, jobId }: RunJobAddress): Promise<'CHANGED' | 'SAME' | 'GONE'> {
    return (await runScript(this.#redis, {
      script: scriptNamed('stop_run_job'),
      keys: { jobs: this.#keys.runJobs(namespace) },
      args: { job: jobId },
    })) as 'CHANGED' | 'SAME' | 'GONE';
  }
}
