import { LRUCache } from 'lru-cache';

interface Allowance {
  /** Time that a namespace may take at once, milliseconds. */
  readonly burstMs: number;
  /** Part of the time that passes which it gets back. */
  readonly share: number;
}

/** Namespaces that are remembered: of any other one nothing was taken lately. */
const maxNamespaces = 10_000;

interface Taken {
  ms: number;
  /** Time of `performance.now()`. */
  at: number;
}

/** Time of the event loop that namespaces take for computation of their own making. */
export class LoopAllowance {
  readonly #taken = new LRUCache<string, Taken>({ max: maxNamespaces });
  readonly #allowance: Allowance;

  constructor(allowance: Allowance) {
    this.#allowance = allowance;
  }

  /** True if a namespace has some left. */
  has(namespace: string): boolean {
    const taken = this.#taken.get(namespace);
    return taken === undefined || this.#leftOf(taken, performance.now()) > 0;
  }

  /** Takes the time that has passed since an instant of `performance.now()`. */
  take(namespace: string, since: number): void {
    const now = performance.now();
    const taken = this.#taken.get(namespace);
    if (taken === undefined) {
      this.#taken.set(namespace, { ms: now - since, at: now });
      return;
    }
    taken.ms = this.#allowance.burstMs - this.#leftOf(taken, now) + now - since;
    taken.at = now;
  }

  #leftOf({ ms, at }: Taken, now: number): number {
    const { burstMs, share } = this.#allowance;
    return burstMs - Math.max(0, ms - (now - at) * share);
  }
}
