import { FanoutError } from '../../errors.ts';
import type { Quotas } from '../loaded/quotas.ts';
import type { StartOfEnd, StartVerdict, TriggerStorage } from '../ports/triggers.ts';

/** Starts that one step decides. */
const startsPerStep = 500;

/** A start that waits for its verdict. */
interface Asked {
  readonly start: StartOfEnd;
  readonly resolve: (verdict: StartVerdict) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets runs begin that ends start, as many as their namespace may have: what is asked for in one turn of the event loop
 * is asked together.
 */
export class StartAdmission {
  readonly #storage: TriggerStorage;
  readonly #quotas: Quotas;
  readonly #asked = new Map<string, Asked[]>();

  constructor(storage: TriggerStorage, quotas: Quotas) {
    this.#storage = storage;
    this.#quotas = quotas;
  }

  /** @throws FanoutError STORAGE_FULL, STORAGE_UNAVAILABLE */
  ask(namespace: string, start: StartOfEnd): Promise<StartVerdict> {
    return new Promise((resolve, reject) => {
      if (this.#asked.size === 0) setImmediate(() => this.#askAll());
      const asked = this.#asked.get(namespace) ?? [];
      asked.push({ start, resolve, reject });
      this.#asked.set(namespace, asked);
    });
  }

  #askAll(): void {
    for (const [namespace, asked] of this.#asked)
      for (let from = 0; from < asked.length; from += startsPerStep)
        void this.#decide(namespace, asked.slice(from, from + startsPerStep));
    this.#asked.clear();
  }

  /** Never rejects: who has asked is told. */
  async #decide(namespace: string, asked: readonly Asked[]): Promise<void> {
    try {
      const starts = asked.map(({ start }) => start);
      const limits = await this.#quotas.of(namespace);
      const verdicts = await this.#storage.admitStarts(namespace, starts, limits);
      for (const [i, { resolve }] of asked.entries()) resolve(verdicts[i]!);
    } catch (error) {
      for (const { reject } of asked) reject(FanoutError.from(error));
    }
  }
}
