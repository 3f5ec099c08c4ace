import type { Redis } from 'ioredis';
import type { Lease, Loss, SessionStorage, StoredSession } from '../engine/ports/sessions.ts';
import { readTime } from './connection/read-time.ts';
import { runScript, runScripts, type ScriptCall, scriptNamed } from './connection/scripts.ts';
import type { Keys } from './layout/keys.ts';

/** Milliseconds after which the progress of a state is gone that is not told again. */
const progressTtlMs = 3_600_000;

/** Milliseconds for which it is known what was lost with a session: by then all of its leases are taken. */
const lossTtlMs = 60_000;

/** Sessions, their deadlines and their leases in Redis: each on every shard. */
export class RedisSessionStorage implements SessionStorage {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #shards: readonly number[];

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
    this.#shards = Array.from({ length: keys.shards }, (_, shard) => shard);
  }

  async attach(
    sessionId: string,
    streamId: string,
    leaseMs: number,
    isNew: boolean,
    runtimeName = '',
  ): Promise<boolean> {
    const args = { session: sessionId, stream: streamId, lease: leaseMs, is_new: isNew ? 1 : 0 };
    const replies = await this.#onEveryShard((shard) => ({
      script: scriptNamed('attach'),
      keys: { ...this.#sessionKeys(shard), names: this.#keys.names(shard) },
      args: { ...args, name: runtimeName },
    }));
    return (replies as [string][]).every(([word]) => word === 'OK');
  }

  async extend(
    sessions: readonly { sessionId: string; streamId: string }[],
    leaseMs: number,
  ): Promise<('OK' | 'SUPERSEDED' | 'EXPIRED')[]> {
    const replies = (await this.#onEveryShard((shard) => ({
      script: scriptNamed('extend'),
      keys: this.#sessionKeys(shard),
      args: { lease: leaseMs },
      moreArgs: sessions.flatMap(({ sessionId, streamId }) => [sessionId, streamId]),
    }))) as ('OK' | 'SUPERSEDED' | 'EXPIRED')[][];
    return sessions.map((_, i) => replies.map((reply) => reply[i]!).find((word) => word !== 'OK') ?? 'OK');
  }

  async newestStream(sessionId: string): Promise<string | undefined> {
    return (await this.#redis.hget(this.#keys.streams(this.#shards[0]!), sessionId)) ?? undefined;
  }

  async isNewest(sessionId: string, streamId: string): Promise<boolean> {
    const newest = await Promise.all(
      this.#shards.map((shard) => this.#redis.hget(this.#keys.streams(shard), sessionId)),
    );
    return newest.every((stream) => stream === streamId);
  }

  async leases(sessionId: string): Promise<Lease[]> {
    const lists = await Promise.all(this.#shards.map((shard) => this.#scanLeases(shard, sessionId)));
    return lists.flat();
  }

  async expired(shard: number, atMost: number): Promise<string[]> {
    const key = this.#keys.sessions(shard);
    const now = await readTime(this.#redis, key);
    return this.#redis.zrangebyscore(key, '-inf', now, 'LIMIT', 0, atMost);
  }

  async known(shard: number): Promise<string[]> {
    const known = new Set<string>();
    let cursor = '0';
    do {
      const [next, flat] = await this.#redis.hscan(this.#keys.streams(shard), cursor, 'COUNT', 1_000);
      for (let i = 0; i < flat.length; i += 2) known.add(flat[i]!);
      cursor = next;
    } while (cursor !== '0');
    return [...known];
  }

  async describe(shard: number, sessionId: string): Promise<StoredSession> {
    const [deadline, runtimeName] = await Promise.all([
      this.#redis.zscore(this.#keys.sessions(shard), sessionId),
      this.#redis.hget(this.#keys.names(shard), sessionId),
    ]);
    return { runtimeName: runtimeName ?? '', deadline: deadline === null ? undefined : Number(deadline) };
  }

  async knownLoss(sessionId: string): Promise<Loss | undefined> {
    const known = await this.#redis.get(this.#keys.loss(sessionId));
    return known === null ? undefined : (JSON.parse(known) as Loss);
  }

  async agreeOnLoss(sessionId: string, found: Loss): Promise<Loss> {
    const call = {
      script: scriptNamed('agree_on_loss'),
      keys: { loss: this.#keys.loss(sessionId) },
      args: { found: JSON.stringify(found), ttl: lossTtlMs },
      moreKeys: found.sessionIds.map((id) => this.#keys.loss(id)),
    };
    return JSON.parse((await runScript(this.#redis, call)) as string) as Loss;
  }

  async leasesOn(shard: number, sessionId: string, atMost: number): Promise<Lease[]> {
    const [, flat] = await this.#redis.hscan(this.#keys.leases(shard, sessionId), 0, 'COUNT', atMost);
    return readLeases(flat);
  }

  async dropLeases(sessionId: string, leases: readonly Lease[]): Promise<void> {
    const byShard = new Map<number, Lease[]>();
    for (const lease of leases) {
      const shard = this.#keys.shardOf(lease.runId);
      byShard.set(shard, [...(byShard.get(shard) ?? []), lease]);
    }
    const calls = [...byShard].map(([shard, ofShard]) => ({
      script: scriptNamed('drop_leases'),
      keys: { leases: this.#keys.leases(shard, sessionId), timeouts: this.#keys.timeouts(shard) },
      args: {},
      moreKeys: ofShard.map(({ runId }) => this.#keys.run(runId)),
      moreArgs: ofShard.flatMap(({ runId, state, leaseToken }) => [`${runId}:${state}`, state, leaseToken]),
    }));
    for (const reply of await runScripts(this.#redis, calls)) if (reply instanceof Error) throw reply;
  }

  async forget(shard: number, sessionId: string): Promise<void> {
    const call = {
      script: scriptNamed('forget'),
      keys: {
        ...this.#sessionKeys(shard),
        names: this.#keys.names(shard),
        leases: this.#keys.leases(shard, sessionId),
      },
      args: { session: sessionId },
    };
    for (const reply of await runScripts(this.#redis, [call])) if (reply instanceof Error) throw reply;
  }

  async tellProgress(
    sessionId: string,
    told: readonly (Lease & { readonly message: string })[],
  ): Promise<void> {
    const shards = new Set(told.map(({ runId }) => this.#keys.shardOf(runId)));
    const calls = [...shards].map((shard) => ({
      script: scriptNamed('tell_progress'),
      keys: {
        leases: this.#keys.leases(shard, sessionId),
        progress: this.#keys.progress(shard, sessionId),
      },
      args: { ttl: progressTtlMs },
      moreArgs: told
        .filter(({ runId }) => this.#keys.shardOf(runId) === shard)
        .flatMap(({ runId, state, leaseToken, message }) => [`${runId}:${state}`, leaseToken, message]),
    }));
    for (const reply of await runScripts(this.#redis, calls)) if (reply instanceof Error) throw reply;
  }

  async progress(
    leases: readonly (Lease & { readonly sessionId: string })[],
  ): Promise<(string | undefined)[]> {
    const texts = await Promise.all(
      leases.map(({ runId, state, sessionId }) =>
        this.#redis.hget(this.#keys.progress(this.#keys.shardOf(runId), sessionId), `${runId}:${state}`),
      ),
    );
    return texts.map((text, i) => {
      const prefix = `${leases[i]!.leaseToken}|`;
      return text?.startsWith(prefix) ? text.slice(prefix.length) : undefined;
    });
  }

  async runtimeNames(runId: string, sessionIds: ReadonlySet<string>): Promise<Map<string, string>> {
    const known = [...sessionIds].filter((sessionId) => sessionId !== '');
    if (known.length === 0) return new Map();
    const names = await this.#redis.hmget(this.#keys.names(this.#keys.shardOf(runId)), ...known);
    return new Map(known.flatMap((sessionId, i) => (names[i] ? [[sessionId, names[i]]] : [])));
  }

  #sessionKeys(shard: number): { sessions: string; streams: string } {
    return { sessions: this.#keys.sessions(shard), streams: this.#keys.streams(shard) };
  }

  async #onEveryShard(call: (shard: number) => ScriptCall): Promise<unknown[]> {
    const replies = await runScripts(this.#redis, this.#shards.map(call));
    for (const reply of replies) if (reply instanceof Error) throw reply;
    return replies;
  }

  async #scanLeases(shard: number, sessionId: string): Promise<Lease[]> {
    const leases = new Map<string, Lease>();
    let cursor = '0';
    do {
      const [next, flat] = await this.#redis.hscan(
        this.#keys.leases(shard, sessionId),
        cursor,
        'COUNT',
        1_000,
      );
      for (const lease of readLeases(flat)) leases.set(`${lease.runId}:${lease.state}`, lease);
      cursor = next;
    } while (cursor !== '0');
    return [...leases.values()];
  }
}

function readLeases(flat: readonly string[]): Lease[] {
  const leases: Lease[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const [runId = '', state] = flat[i]!.split(':');
    leases.push({ runId, state: Number(state), leaseToken: flat[i + 1]! });
  }
  return leases;
}
