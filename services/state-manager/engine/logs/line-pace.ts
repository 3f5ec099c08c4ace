import { LRUCache } from 'lru-cache';

/** Namespaces of which anything is known here. */
const namespacesKnown = 10_000;

/** Lines that one namespace may have taken now: grows by the limit in a second, and is never more. */
interface Allowance {
  lines: number;
  /** The instant for which it counts, as `performance.now()` tells it. */
  at: number;
}

/** Bounds the lines that namespaces have taken here in a second. */
export class LinePace {
  readonly #perSecond: number;
  readonly #allowances = new LRUCache<string, Allowance>({ max: namespacesKnown });

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Takes so many lines of a namespace, or as many as it may have. @returns how many */
  take(namespace: string, lines: number): number {
    const now = performance.now();
    let allowance = this.#allowances.get(namespace);
    if (!allowance) {
      allowance = { lines: this.#perSecond, at: now };
      this.#allowances.set(namespace, allowance);
    }
    const grown = allowance.lines + ((now - allowance.at) / 1_000) * this.#perSecond;
    allowance.lines = Math.min(this.#perSecond, grown);
    allowance.at = now;
    const taken = Math.min(lines, Math.floor(allowance.lines));
    allowance.lines -= taken;
    return taken;
  }
}
