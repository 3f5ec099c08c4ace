import { LRUCache } from 'lru-cache';
import type { QuotaLimits } from '../../domain/model/quota.ts';
import type { CatalogStorage } from '../ports/catalog.ts';

/** Time after which a limit that an admin has set counts everywhere, milliseconds. */
const memoryMs = 1_000;

/** Limits of namespaces: those of the deployment, and over them what an admin has set for one. */
export class Quotas {
  readonly defaults: QuotaLimits;
  readonly #catalog: CatalogStorage;
  readonly #known = new LRUCache<string, Promise<QuotaLimits>>({
    max: 10_000,
    ttl: memoryMs,
    ttlResolution: 100,
  });

  constructor(catalog: CatalogStorage, defaults: QuotaLimits) {
    this.#catalog = catalog;
    this.defaults = defaults;
  }

  /** The limits of a namespace. @throws FanoutError STORAGE_UNAVAILABLE */
  of(namespace: string): Promise<QuotaLimits> {
    const known = this.#known.get(namespace);
    if (known) return known;
    const reading = this.#read(namespace);
    this.#known.set(namespace, reading);
    reading.catch(() => {
      if (this.#known.peek(namespace) === reading) this.#known.delete(namespace);
    });
    return reading;
  }

  /** Sets limits of a namespace; undefined: that of the deployment counts again. */
  async set(
    namespace: string,
    limits: Readonly<Partial<Record<keyof QuotaLimits, number | undefined>>>,
  ): Promise<void> {
    await this.#catalog.putQuotas(namespace, limits);
    this.#known.delete(namespace);
  }

  async #read(namespace: string): Promise<QuotaLimits> {
    return { ...this.defaults, ...(await this.#catalog.quotas(namespace)) };
  }
}
