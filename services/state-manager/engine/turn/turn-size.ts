/** Time that a turn should take, milliseconds: nobody who comes meanwhile waits much longer. */
const targetMs = 10;
/** Weight of a turn at most, and at least: what is settled in smaller steps costs more. */
const most = 1_024;
const leastAlone = 256;
/** The least while there are several runs, so that one with much to do does not make the others wait. */
const leastShared = 64;
/** Time after which a run that has had no part in a turn does not count any more, milliseconds. */
const sharedMs = 1_000;
/** Part that the newest turn has in what is known. */
const newest = 0.2;

/** Learns how much a turn takes in, so that it stays short on any machine. */
export class TurnSize {
  #perWeightMs = targetMs / leastAlone;
  #endedAt = 0;
  #isSharedUntil = 0;

  /** Weight that the next turn takes at most. */
  get atMost(): number {
    return Math.min(most, Math.max(this.#least(performance.now()), Math.round(targetMs / this.#perWeightMs)));
  }

  /**
   * A turn begins.
   * @param isShared several runs have a part in it
   * @returns its end. Where another turn was before it, what counts is the time since that one's end
   */
  begin(weight: number, isShared: boolean): { end(): void } {
    const begunAt = performance.now();
    if (isShared) this.#isSharedUntil = begunAt + sharedMs;
    return {
      end: () => {
        const now = performance.now();
        this.#took(weight, now - Math.max(begunAt, this.#endedAt), this.#least(now));
        this.#endedAt = now;
      },
    };
  }

  #least(now: number): number {
    return now < this.#isSharedUntil ? leastShared : leastAlone;
  }

  /** Small ones tell little: most of their time is the way to Redis. */
  #took(weight: number, ms: number, least: number): void {
    if (weight < least / 2) return;
    this.#perWeightMs += newest * (ms / weight - this.#perWeightMs);
  }
}
