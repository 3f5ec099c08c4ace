import { type Duration, durationMs } from './durations.ts';

const maxDelayMs = 365 * 24 * 60 * 60 * 1_000;

/** Thrown by a node to steer its state. Node code that catches everything has to throw these on. */
export abstract class Signal extends Error {}

/**
 * Thrown by a node: its branch ends here. That is no failure; a unite counts the branch as pruned, and its
 * outputs are in no list.
 */
export class Prune extends Signal {
  /** Kept with the state. */
  readonly data: unknown;

  /** @param data why, or whatever else; any JSON, as large as an output may be */
  constructor(data?: unknown) {
    super('the node ended its branch');
    this.name = 'Prune';
    this.data = data;
  }
}

/**
 * Thrown by a node: it runs again after a while, with its inputs evaluated anew. That is no failure: the attempt
 * does not count, and no retry policy applies.
 */
export class RequeueAfter extends Signal {
  /** The delay, milliseconds. */
  readonly delayMs: number;

  /**
   * @param delay such as `30s`, at most a year; 0: as soon as there is room
   * @throws TypeError, RangeError
   */
  constructor(delay: Duration) {
    const delayMs = Math.ceil(durationMs(delay));
    if (!(delayMs >= 0 && delayMs <= maxDelayMs))
      throw new RangeError(`requeue after ${delay}: must be from 0 to a year`);
    super(`the node asks to run again in ${delayMs} ms`);
    this.name = 'RequeueAfter';
    this.delayMs = delayMs;
  }
}
