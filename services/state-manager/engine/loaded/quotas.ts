import { LRUCache } from 'lru-cache';
import {
  type QuotaLimits,
  type QuotaName,
  type QuotaUsage,
  quotaNames,
  quotaPhrases,
  type SetLimits,
} from '../../domain/model/quota.ts';
import { FanoutError } from '../../errors.ts';
import type { QuotasApi } from '../ports/api.ts';
import type { CatalogStorage } from '../ports/catalog.ts';
import type { RunIndex, RunUsage } from '../ports/run-reader.ts';

/** Time for which what was read of a namespace is believed, milliseconds. */
const memoryMs = 1_000;
/** Namespaces of which anything is known here. */
const namespacesKnown = 10_000;

interface Parts {
  readonly storage: { readonly catalog: CatalogStorage; readonly runs: RunIndex };
  /** Limits of namespaces for which no admin has set others. */
  readonly defaults: QuotaLimits;
}

/** Use of a namespace at this state manager. */
class LocalUse {
  streams = 0;
  watches = 0;
  /** Requests that may come now; grows by the limit in a second, and is never more. */
  #allowed = Number.POSITIVE_INFINITY;
  #at = performance.now();
  #perSecond = 0;

  /** Counts a request. False: there are too many. */
  takeRequest(perSecond: number): boolean {
    const now = performance.now();
    this.#allowed = Math.min(perSecond, this.#allowed + ((now - this.#at) / 1_000) * perSecond);
    this.#at = now;
    this.#perSecond = perSecond;
    if (this.#allowed < 1) return false;
    this.#allowed--;
    return true;
  }

  /** Requests of the last second, as far as they count against the limit. */
  requests(): number {
    const grown = ((performance.now() - this.#at) / 1_000) * this.#perSecond;
    return Math.max(0, Math.ceil(this.#perSecond - this.#allowed - grown)) || 0;
  }
}

/**
 * Runs, states and bytes of a namespace, over all shards: as they were read within the last second, and what this state manager
 * has begun since. So what several of them begin within a second may go beyond a limit, by as much; what ends counts
 * a second later at most.
 */
class SharedUse {
  readonly #read: () => Promise<RunUsage>;
  #known: RunUsage | undefined;
  #begun = { runs: 0, bytes: 0 };
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(read: () => Promise<RunUsage>) {
    this.#read = read;
  }

  /** The use, which waits for storage only where nothing is known of the namespace. */
  async now(): Promise<RunUsage> {
    if (performance.now() >= this.#readAt + memoryMs) this.#readAgain();
    if (this.#known === undefined) await this.#reading;
    const { runs = 0, states = 0, bytes = 0 } = this.#known ?? {};
    const begun = this.#begun;
    // A run begins with one state.
    return { runs: runs + begun.runs, states: states + begun.runs, bytes: bytes + begun.bytes };
  }

  add(bytes: number): void {
    this.#begun.runs++;
    this.#begun.bytes += bytes;
  }

  #readAgain(): void {
    if (this.#reading) return;
    const before = { ...this.#begun };
    this.#reading = this.#read()
      .then((usage) => {
        this.#known = usage;
        this.#begun.runs -= before.runs;
        this.#begun.bytes -= before.bytes;
      })
      // As long as storage cannot be asked, what it said last counts.
      .catch(() => undefined)
      .finally(() => {
        this.#readAt = performance.now();
        this.#reading = undefined;
      });
  }
}

/**
 * Limits of namespaces, those of the deployment and over them what an admin has set for one, and what is used of them.
 * Streams and requests count at this state manager; all else counts in storage.
 */
export class Quotas implements QuotasApi {
  readonly #storage: Parts['storage'];
  readonly #defaults: QuotaLimits;
  readonly #local = new LRUCache<string, LocalUse>({ max: namespacesKnown });
  readonly #shared: LRUCache<string, SharedUse>;
  /** Limits that are a second old go on to count while they are read again: nobody waits for them. */
  readonly #limits: LRUCache<string, QuotaLimits>;

  constructor({ storage, defaults }: Parts) {
    this.#storage = storage;
    this.#defaults = defaults;
    this.#shared = new LRUCache({ max: namespacesKnown });
    this.#limits = new LRUCache({
      max: namespacesKnown,
      ttl: memoryMs,
      ttlResolution: 100,
      allowStale: true,
      allowStaleOnFetchRejection: true,
      noDeleteOnFetchRejection: true,
      fetchMethod: async (namespace) => ({ ...defaults, ...(await storage.catalog.quotas(namespace)) }),
    });
  }

  /** The limits of a namespace. Never rejects: as long as storage cannot be asked, what is known counts. */
  async of(namespace: string): Promise<QuotaLimits> {
    return (await this.#limits.fetch(namespace).catch(() => undefined)) ?? this.#defaults;
  }

  async set(namespace: string, limits: SetLimits): Promise<void> {
    await this.#storage.catalog.putQuotas(namespace, limits);
    this.#limits.delete(namespace);
  }

  async enter(namespace: string, quota: 'streams' | 'watches'): Promise<() => void> {
    const limit = (await this.of(namespace))[quota];
    const use = this.#localOf(namespace);
    if (use[quota] >= limit) throw quotaExceeded(namespace, quota, use[quota], limit);
    use[quota]++;
    let hasLeft = false;
    return () => {
      if (!hasLeft) use[quota]--;
      hasLeft = true;
    };
  }

  async countRequest(namespace: string): Promise<void> {
    const { requestsPerSecond } = await this.of(namespace);
    if (this.#localOf(namespace).takeRequest(requestsPerSecond)) return;
    throw quotaExceeded(namespace, 'requestsPerSecond', requestsPerSecond, requestsPerSecond);
  }

  /** Counts a run that is to begin, with what it is given. @throws FanoutError QUOTA_EXCEEDED */
  async countRun(namespace: string, bytes: number): Promise<void> {
    const limits = await this.of(namespace);
    const shared = this.#sharedOf(namespace);
    const used = await shared.now();
    if (used.runs >= limits.runs) throw quotaExceeded(namespace, 'runs', used.runs, limits.runs);
    if (used.states >= limits.states) throw quotaExceeded(namespace, 'states', used.states, limits.states);
    if (used.bytes + bytes > limits.bytes) throw quotaExceeded(namespace, 'bytes', used.bytes, limits.bytes);
    shared.add(bytes);
  }

  /** Checks whether what goes on may be given so many bytes more. @throws FanoutError QUOTA_EXCEEDED */
  async checkBytes(namespace: string, bytes: number): Promise<void> {
    const limits = await this.of(namespace);
    const used = await this.#sharedOf(namespace).now();
    if (used.bytes + bytes > limits.bytes) throw quotaExceeded(namespace, 'bytes', used.bytes, limits.bytes);
  }

  /** True if the namespace may have more runs go on. */
  async hasRoomForRuns(namespace: string): Promise<boolean> {
    const limits = await this.of(namespace);
    return (await this.#sharedOf(namespace).now()).runs < limits.runs;
  }

  async usage(namespace: string): Promise<readonly QuotaUsage[]> {
    const { catalog, runs } = this.#storage;
    const [set, sizes, taken] = await Promise.all([
      catalog.quotas(namespace),
      catalog.sizes(namespace),
      runs.usage(namespace),
    ]);
    const local = this.#local.peek(namespace);
    const used: Readonly<Partial<Record<QuotaName, number>>> = {
      streams: local?.streams ?? 0,
      watches: local?.watches ?? 0,
      requestsPerSecond: local?.requests() ?? 0,
      ...sizes,
      ...taken,
    };
    return quotaNames.map((quota) => ({
      quota,
      limit: set[quota] ?? this.#defaults[quota],
      used: used[quota],
      isSet: set[quota] !== undefined,
    }));
  }

  #localOf(namespace: string): LocalUse {
    const known = this.#local.get(namespace);
    if (known) return known;
    const use = new LocalUse();
    this.#local.set(namespace, use);
    return use;
  }

  #sharedOf(namespace: string): SharedUse {
    const known = this.#shared.get(namespace);
    if (known) return known;
    const use = new SharedUse(() => this.#storage.runs.usage(namespace));
    this.#shared.set(namespace, use);
    return use;
  }
}

/** Quotas that fall as time passes, or as what is there ends: it makes sense to try again. */
const passing: ReadonlySet<QuotaName> = new Set([
  'streams',
  'watches',
  'requestsPerSecond',
  'runs',
  'states',
  'bytes',
]);

/** Tells a caller that its namespace may have no more of something. */
export function quotaExceeded(namespace: string, quota: QuotaName, used: number, limit: number): FanoutError {
  const passes = passing.has(quota);
  const advice = passes ? 'let some end, and try again' : 'remove some';
  return new FanoutError(
    'QUOTA_EXCEEDED',
    `namespace "${namespace}" has ${used} of ${limit} ${quotaPhrases[quota]}: ${advice}, or ask an admin for more`,
    passes ? { retryAfterMs: 1_000 } : {},
  );
}
