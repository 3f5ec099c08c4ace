/** Time that a turn should take, milliseconds: nobody who comes meanwhile waits much longer. */
const targetMs = 10;
/** Weight of a turn at least and at most: what is settled in smaller steps costs more, and Redis serves others in between. */
const least = 256;
const most = 1_024;
/** Part that the newest turn has in what is known. */
const newest = 0.2;

/** Learns how much a turn takes in, so that it stays short on any machine. */
export class TurnSize {
  #perWeightMs = targetMs / least;
  #endedAt = 0;

  /** Weight that the next turn takes at most. */
  get atMost(): number {
    return Math.min(most, Math.max(least, Math.round(targetMs / this.#perWeightMs)));
  }

  /**
   * A turn begins.
   * @returns its end. Where another one was before it, what counts is the time since that one's end
   */
  begin(weight: number): { end(): void } {
    const begunAt = performance.now();
    return {
      end: () => {
        const now = performance.now();
        this.#took(weight, now - Math.max(begunAt, this.#endedAt));
        this.#endedAt = now;
      },
    };
  }

  /** Small ones tell little: most of their time is the way to Redis. */
  #took(weight: number, ms: number): void {
    if (weight < least / 2) return;
    this.#perWeightMs += newest * (ms / weight - this.#perWeightMs);
  }
}
