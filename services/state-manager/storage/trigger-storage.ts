import type { Redis } from 'ioredis';
import type { QuotaLimits } from '../domain/model/quota.ts';
import type {
  RecordedEnd,
  RecordedSlot,
  Schedule,
  SlotDecision,
  StartOfEnd,
  StartVerdict,
  TriggerStorage,
} from '../engine/ports/triggers.ts';
import { KeyList } from './calls/key-list.ts';
import { near } from './cluster/cluster-redis.ts';
import { runCommands } from './connection/commands.ts';
import { readTime, toMs } from './connection/read-time.ts';
import { runScript, scriptNamed } from './connection/scripts.ts';
import { type Keys, triggerKeys } from './layout/keys.ts';
import {
  endMember,
  listenerMember,
  readEnd,
  readListener,
  readSchedule,
  readSlot,
  scheduleMember,
  slotMember,
} from './layout/trigger-members.ts';

const listenersPerRead = 1_000;
/** Runs below a trigger are remembered for so long behind the last one, milliseconds. */
const descendantsKeptMs = 600_000;

/** Slots, ends, and what waits for them, in Redis. */
export class RedisTriggerStorage implements TriggerStorage {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async now(): Promise<number> {
    return readTime(this.#redis, this.#keys.schedules());
  }

  async dueSchedules(
    atMost: number,
  ): Promise<{ now: number; schedules: { schedule: Schedule; startAt: number }[] }> {
    const { now, members } = await this.#due(this.#keys.schedules(), atMost);
    const schedules = members.map(({ member, at }) => ({ schedule: readSchedule(member), startAt: at }));
    return { now, schedules };
  }

  async recordSlots(
    schedule: Schedule,
    move: Parameters<TriggerStorage['recordSlots']>[1],
  ): Promise<boolean> {
    const reply = (await runScript(this.#redis, {
      script: scriptNamed('record_slots'),
      keys: {
        graphs: this.#keys.graphs(schedule.namespace),
        slots: this.#keys.slots(),
        ...this.#lastSlotKeys(),
      },
      args: {
        graph: schedule.graphName,
        version: move.version,
        schedule: scheduleMember(schedule),
        expected: move.startAt,
        next_start: move.nextAt ?? '',
        missed: move.missedAt ?? '',
      },
      moreArgs: move.slots,
    })) as ['RECORDED' | 'MOVED'];
    return reply[0] === 'RECORDED';
  }

  async dropTriggers(namespace: string, graphName: string): Promise<void> {
    await runScript(this.#redis, {
      script: scriptNamed('drop_triggers'),
      keys: {
        graphs: this.#keys.graphs(namespace),
        triggers: this.#keys.triggers(namespace, graphName),
        ...triggerKeys(this.#keys),
      },
      args: { name: graphName },
    });
  }

  async recordedSlots(atMost: number): Promise<RecordedSlot[]> {
    return (await this.#come(this.#keys.slots(), atMost)).map(readSlot);
  }

  postponeSlot(slot: RecordedSlot, delayMs: number): Promise<void> {
    const again = slotMember({ ...slot, tries: (slot.tries ?? 0) + 1 });
    return this.#postpone(this.#keys.slots(), slotMember(slot), again, delayMs);
  }

  async lastStarted(schedule: Schedule): Promise<{ mark: string; slotAt?: number; runId?: string }> {
    const mark = await this.#redis.hget(this.#keys.started(), scheduleMember(schedule));
    if (!mark) return { mark: '' };
    const [slotAt, runId = ''] = mark.split(':');
    return { mark, slotAt: Number(slotAt), runId };
  }

  async decideSlot(
    slot: RecordedSlot,
    { runId, wanted, mark, lateAfter }: Parameters<TriggerStorage['decideSlot']>[1],
  ): Promise<SlotDecision> {
    const [kind, runBefore] = (await runScript(this.#redis, {
      script: scriptNamed('decide_slot'),
      keys: {
        slots: this.#keys.slots(),
        started: this.#keys.started(),
        ...this.#lastSlotKeys(),
      },
      args: {
        member: slotMember(slot),
        schedule: scheduleMember(slot),
        slot: slot.slotAt,
        run_id: runId,
        wanted,
        before: mark,
        late_after: lateAfter,
      },
    })) as ['START' | 'SKIPPED' | 'GONE' | 'MOVED', string?];
    if (kind === 'START') return { kind: 'start', runBefore: runBefore || undefined };
    return { kind: kind === 'SKIPPED' ? 'skipped' : kind === 'GONE' ? 'gone' : 'moved' };
  }

  async clearSlot(slot: RecordedSlot): Promise<void> {
    await this.#redis.zrem(this.#keys.slots(), slotMember(slot));
  }

  async refuseSlot(slot: RecordedSlot): Promise<void> {
    await runScript(this.#redis, {
      script: scriptNamed('refuse_slot'),
      keys: { slots: this.#keys.slots(), ...this.#lastSlotKeys() },
      args: { member: slotMember(slot), schedule: scheduleMember(slot), slot: slot.slotAt },
    });
  }

  async recordedEnds(shard: number, atMost: number): Promise<RecordedEnd[]> {
    return (await this.#come(this.#keys.ends(shard), atMost)).map(readEnd);
  }

  postponeEnd(shard: number, end: RecordedEnd, delayMs: number): Promise<void> {
    const again = endMember({ ...end, tries: (end.tries ?? 0) + 1 });
    return this.#postpone(this.#keys.ends(shard), endMember(end), again, delayMs);
  }

  async admitStarts(
    namespace: string,
    starts: readonly StartOfEnd[],
    { startsPerSecond, descendants }: Pick<QuotaLimits, 'startsPerSecond' | 'descendants'>,
  ): Promise<StartVerdict[]> {
    const more = new KeyList();
    const moreArgs = starts.flatMap(({ runId, origin }) => [
      more.index(this.#keys.descendants(namespace, origin)),
      runId,
    ]);
    const waits = (await runScript(this.#redis, {
      script: scriptNamed('admit_starts'),
      keys: { pace: this.#keys.pace(namespace) },
      args: { per_second: startsPerSecond, descendants, kept_ms: descendantsKeptMs },
      moreKeys: more.keys,
      moreArgs,
    })) as number[];
    return waits.map((waitMs) =>
      waitMs < 0 ? { kind: 'refused', isFirst: waitMs === -1 } : { kind: 'start', waitMs },
    );
  }

  delayEnd(shard: number, end: RecordedEnd, delayMs: number): Promise<void> {
    return this.#postpone(this.#keys.ends(shard), endMember(end), endMember(end), delayMs);
  }

  async clearEnds(shard: number, ends: readonly RecordedEnd[]): Promise<RecordedEnd[]> {
    if (ends.length === 0) return [];
    const key = this.#keys.ends(shard);
    const removed = await runCommands(
      this.#redis,
      ends.map((end) => ['zrem', key, endMember(end)]),
    );
    return ends.filter((_, i) => removed[i] === 1);
  }

  async listeners(graphs: readonly { namespace: string; graphName: string }[]): Promise<string[][]> {
    return Promise.all(
      graphs.map(async ({ namespace, graphName }) => {
        const listeners: string[] = [];
        const all = listenerMember(namespace, graphName, '');
        for (let from = `[${all}`; ; ) {
          const page = await this.#redis.zrangebylex(
            this.#keys.listeners(),
            from,
            `(${all.slice(0, -1)};`,
            'LIMIT',
            0,
            listenersPerRead,
          );
          listeners.push(...page.map(readListener));
          if (page.length < listenersPerRead) return listeners;
          from = `(${page.at(-1)}`;
        }
      }),
    );
  }

  /** Keys of the note of what came of a slot. */
  #lastSlotKeys() {
    const { schedules, paused, last_slots } = triggerKeys(this.#keys);
    return { schedules, paused, last_slots };
  }

  async #come(key: string, atMost: number): Promise<string[]> {
    return (await this.#due(key, atMost)).members.map(({ member }) => member);
  }

  /** Members whose instant has come, the earliest first. */
  async #due(
    key: string,
    atMost: number,
  ): Promise<{ now: number; members: { member: string; at: number }[] }> {
    // The earliest, due or not: so one round trip is enough.
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
    const members = [];
    for (let i = 0; i < flat.length && Number(flat[i + 1]) <= now; i += 2) {
      members.push({ member: flat[i]!, at: Number(flat[i + 1]) });
    }
    return { now, members };
  }

  async #postpone(waiting: string, member: string, again: string, delayMs: number): Promise<void> {
    await runScript(this.#redis, {
      script: scriptNamed('postpone'),
      keys: { waiting },
      args: { member, again, delay: delayMs },
    });
  }
}
