import type { Redis } from 'ioredis';
import type { Page } from '../domain/model/page.ts';
import type { Backfill } from '../domain/model/schedule.ts';
import type { PageRequest } from '../engine/ports/api.ts';
import type { Moved, ScheduleStanding, ScheduleStorage } from '../engine/ports/schedules.ts';
import type { Schedule } from '../engine/ports/triggers.ts';
import { near } from './cluster/cluster-redis.ts';
import { runCommands } from './connection/commands.ts';
import { readTime, toMs } from './connection/read-time.ts';
import { runScript, scriptNamed } from './connection/scripts.ts';
import type { Keys } from './layout/keys.ts';
import {
  readLastSlot,
  readPause,
  readSchedule,
  readSpan,
  scheduleMember,
  spanText,
} from './layout/trigger-members.ts';
import { pageOfHash } from './page-of-hash.ts';

/** Schedules as users see and steer them, in Redis. */
export class RedisScheduleStorage implements ScheduleStorage {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async now(): Promise<number> {
    return readTime(this.#redis, this.#keys.schedules());
  }

  async scheduledGraphs(namespace: string, page: PageRequest): Promise<Page<string>> {
    const { items, nextPageToken } = await pageOfHash(this.#redis, this.#keys.graphs(namespace), page);
    const names = items.map(([name]) => name);
    // A graph has 20 triggers at most.
    const triggers = (await runCommands(
      this.#redis,
      names.map((name) => ['lrange', this.#keys.triggers(namespace, name), 0, 99]),
    )) as string[][];
    const scheduled = names.filter((_, i) => triggers[i]!.some((trigger) => trigger.startsWith('s')));
    return { items: scheduled, ...(nextPageToken !== undefined && { nextPageToken }) };
  }

  async standings(schedules: readonly Schedule[]): Promise<ScheduleStanding[]> {
    if (schedules.length === 0) return [];
    const members = schedules.map(scheduleMember);
    const hashes = [this.#keys.paused(), this.#keys.lastSlots(), this.#keys.spans()];
    const [paused, lastSlots, spans] = (await runCommands(
      this.#redis,
      hashes.map((key) => ['hmget', key, ...members]),
    )) as (string | null)[][];
    return members.map((_, i) => ({
      pausedSince: readPause(paused![i]),
      lastSlot: readLastSlot(lastSlots![i]),
      backfill: readSpan(spans![i]),
    }));
  }

  async pause(schedule: Schedule, version: number): Promise<{ changed: boolean } | Moved> {
    const [reply] = (await runScript(this.#redis, {
      script: scriptNamed('pause_schedule'),
      keys: {
        graphs: this.#keys.graphs(schedule.namespace),
        schedules: this.#keys.schedules(),
        paused: this.#keys.paused(),
        backfills: this.#keys.backfills(),
      },
      args: { graph: schedule.graphName, version, schedule: scheduleMember(schedule) },
    })) as ['PAUSED' | 'SAME' | 'MOVED'];
    return reply === 'MOVED' ? 'moved' : { changed: reply === 'PAUSED' };
  }

  async resume(schedule: Schedule): Promise<{ changed: boolean }> {
    const changed = await runScript(this.#redis, {
      script: scriptNamed('resume_schedule'),
      keys: {
        schedules: this.#keys.schedules(),
        paused: this.#keys.paused(),
        backfills: this.#keys.backfills(),
        spans: this.#keys.spans(),
      },
      args: { schedule: scheduleMember(schedule) },
    });
    return { changed: changed === 1 };
  }

  async beginBackfill(schedule: Schedule, version: number, backfill: Backfill): Promise<Backfill | Moved> {
    const [kind, span] = (await runScript(this.#redis, {
      script: scriptNamed('begin_backfill'),
      keys: {
        graphs: this.#keys.graphs(schedule.namespace),
        paused: this.#keys.paused(),
        backfills: this.#keys.backfills(),
        spans: this.#keys.spans(),
      },
      args: {
        graph: schedule.graphName,
        version,
        schedule: scheduleMember(schedule),
        span: spanText(backfill),
      },
    })) as ['BEGUN' | 'THERE' | 'MOVED', string];
    return kind === 'MOVED' ? 'moved' : readSpan(span)!;
  }

  async dueBackfills(atMost: number): Promise<{ schedule: Schedule; backfill: Backfill | undefined }[]> {
    const key = this.#keys.backfills();
    const replies = await near(this.#redis, key)
      .pipeline()
      .time()
      .zrange(key, 0, atMost - 1, 'WITHSCORES')
      .exec();
    const [time, flat] = (replies ?? []).map(([error, value]) => {
      if (error) throw error;
      return value;
    }) as [[string, string], string[]];
    const now = toMs(time);
    const due = flat.filter((_, i) => i % 2 === 0 && Number(flat[i + 1]) <= now);
    if (due.length === 0) return [];
    const spans = await this.#redis.hmget(this.#keys.spans(), ...due);
    return due.map((member, i) => ({ schedule: readSchedule(member), backfill: readSpan(spans[i]) }));
  }

  async moveBackfill(
    schedule: Schedule,
    { before, after, starts, startsPerSecond, leastWaitMs }: Parameters<ScheduleStorage['moveBackfill']>[1],
  ): Promise<boolean> {
    const moved = await runScript(this.#redis, {
      script: scriptNamed('move_backfill'),
      keys: {
        backfills: this.#keys.backfills(),
        spans: this.#keys.spans(),
        pace: this.#keys.pace(schedule.namespace),
      },
      args: {
        schedule: scheduleMember(schedule),
        expected: spanText(before),
        span: after ? spanText(after) : '',
        count: starts,
        per_second: startsPerSecond,
        least_wait: leastWaitMs,
      },
    });
    return moved === 1;
  }

  async stopBackfill(schedule: Schedule): Promise<{ changed: boolean }> {
    const changed = await runScript(this.#redis, {
      script: scriptNamed('stop_backfill'),
      keys: { backfills: this.#keys.backfills(), spans: this.#keys.spans() },
      args: { schedule: scheduleMember(schedule) },
    });
    return { changed: changed === 1 };
  }
}
