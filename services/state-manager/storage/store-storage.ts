import type { Redis } from 'ioredis';
import type { Page } from '../domain/model/page.ts';
import type { StoreChangeRequest, StoreEntry } from '../domain/model/store.ts';
import type { StoreLimits } from '../domain/run/store.ts';
import type { Lease } from '../engine/ports/sessions.ts';
import type { StoreStorage } from '../engine/ports/store.ts';
import { FanoutError } from '../errors.ts';
import { readStoreRefusal, storeArguments } from './calls/store-changes.ts';
import { runScript, scriptNamed } from './connection/scripts.ts';
import type { Keys } from './layout/keys.ts';

/** Milliseconds that the answer to a numbered change is kept, should it be asked for again. */
const answerTtlMs = 600_000;

/** The run's key-value data in Redis. */
export class RedisStoreStorage implements StoreStorage {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async read({ runId, state, leaseToken }: Lease, keys: readonly string[], maxBytes: number) {
    const reply = (await runScript(this.#redis, {
      script: scriptNamed('read_store'),
      keys: { run: this.#keys.run(runId), store: this.#keys.store(runId) },
      args: { state, token: leaseToken, max_bytes: maxBytes },
      moreArgs: keys,
    })) as ['STALE'] | ['OK', number, ...string[]];
    if (reply[0] === 'STALE') return { kind: 'stale' } as const;
    const [, lookedUp, ...texts] = reply;
    const entries: StoreEntry[] = [];
    for (let i = 0; i < texts.length; i += 2) entries.push({ key: texts[i]!, valueJson: texts[i + 1]! });
    return { kind: 'read', lookedUp, entries } as const;
  }

  async change(
    { runId, state, leaseToken }: Lease,
    { change, expected, number }: StoreChangeRequest,
    limits: StoreLimits,
  ) {
    const [word, detail] = (await runScript(this.#redis, {
      script: scriptNamed('change_store'),
      keys: {
        run: this.#keys.run(runId),
        store: this.#keys.store(runId),
        made: this.#keys.storeMade(runId, state, leaseToken),
        usage: this.#keys.usage(this.#keys.shardOf(runId)),
      },
      args: {
        state,
        token: leaseToken,
        number,
        ttl: answerTtlMs,
        expects: expected?.kind ?? '',
        expected: expected?.kind === 'json' ? expected.json : '',
      },
      moreArgs: storeArguments({ changes: [change], limits }),
    })) as ['OK' | 'OTHER' | 'INVALID' | 'STALE' | 'LATE', string?];
    switch (word) {
      case 'OK':
        return { kind: 'answered', answer: { applied: true, ...(detail && { valueJson: detail }) } } as const;
      case 'OTHER':
        return {
          kind: 'answered',
          answer: { applied: false, ...(detail !== undefined && { valueJson: detail }) },
        } as const;
      case 'INVALID':
        return { kind: 'refused', refusal: readStoreRefusal(detail ?? '') } as const;
      case 'STALE':
        return { kind: 'stale' } as const;
      case 'LATE':
        return { kind: 'late' } as const;
    }
  }

  async values(runId: string, keys: readonly string[]): Promise<(string | undefined)[]> {
    if (keys.length === 0) return [];
    const texts = await this.#redis.hmget(this.#keys.store(runId), ...keys);
    return texts.map((text) => text ?? undefined);
  }

  async page(
    runId: string,
    { pageSize, pageToken }: { pageSize: number; pageToken: string },
    maxBytes: number,
  ): Promise<Page<StoreEntry>> {
    const name = this.#keys.store(runId);
    // A run has so few keys that sorting them for each page costs less than keeping them in order.
    const sorted = (await this.#redis.hkeys(name)).filter((key) => key > readPageToken(pageToken)).sort();
    const wanted = sorted.slice(0, pageSize);
    if (wanted.length === 0) return { items: [] };
    const lengths = this.#redis.pipeline();
    for (const key of wanted) lengths.hstrlen(name, key);
    const replies = (await lengths.exec()) ?? [];
    let bytes = 0;
    const fitting = wanted.filter((_, i) => {
      const [error, length] = replies[i] ?? [];
      if (error) throw error;
      bytes += Number(length);
      return i === 0 || bytes <= maxBytes;
    });
    const values = await this.#redis.hmget(name, ...fitting);
    const items = fitting.flatMap((key, i) => {
      const valueJson = values[i];
      // Deleted since its length was read.
      return typeof valueJson === 'string' ? [{ key, valueJson }] : [];
    });
    return fitting.length < sorted.length ? { items, nextPageToken: fitting.at(-1)! } : { items };
  }
}

function readPageToken(pageToken: string): string {
  if (/^[A-Za-z0-9_-]{0,128}$/.test(pageToken)) return pageToken;
  throw new FanoutError(
    'PAGE_TOKEN_INVALID',
    'page_token is not one that this list gave: start again without it',
  );
}
