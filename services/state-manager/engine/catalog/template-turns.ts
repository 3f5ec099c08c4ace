import { setTimeout as delay } from 'node:timers/promises';
import { LoopAllowance } from '../../loop-allowance.ts';
import { nextTurn } from '../../take-turns.ts';

/** Time between two looks at whether a namespace may go on, milliseconds. */
const lookMs = 20;

/**
 * Turns of the event loop for templates, the check of the largest of which takes a tenth of a second: one is checked at a time, others
 * have their turn behind each, and a namespace that has taken more than its share waits, while others do not.
 */
export class TemplateTurns {
  readonly #allowance = new LoopAllowance({ burstMs: 500, share: 0.25 });
  /** The newest check of each namespace that has any under way. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does work of a namespace behind all that it has asked for before. @throws whatever `work` throws */
  async take<T>(namespace: string, work: () => T): Promise<T> {
    const mine = this.#behind(this.#last.get(namespace), namespace, work);
    this.#last.set(namespace, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(namespace) === mine) this.#last.delete(namespace);
    }
  }

  async #behind<T>(last: Promise<unknown> | undefined, namespace: string, work: () => T): Promise<T> {
    if (last) await last.catch(() => undefined).then(nextTurn);
    while (!this.#allowance.has(namespace)) await delay(lookMs);
    const startedAt = performance.now();
    try {
      return work();
    } finally {
      this.#allowance.take(namespace, startedAt);
    }
  }
}
