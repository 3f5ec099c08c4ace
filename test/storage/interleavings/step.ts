/** Steps of a search, and the options that say which there are. */
import type { Held } from '../session-driver.ts';

export interface ExploreOptions {
  /**
   * States that a report makes ready may also go to a session at once, in a step that settles another run before this
   * one and one behind it, and refuses their reports.
   */
  readonly handsOff?: boolean;
  /** Outputs of the root. */
  readonly width: number;
  /** Leases that a state can lose. */
  readonly losses: number;
  /** The root emits its outputs one by one. */
  readonly isOpen?: boolean;
  /** Fan-outs are committed before their children exist, and these are created one by one. */
  readonly isWide?: boolean;
  /** States may be pruned. */
  readonly prunes?: boolean;
  /** States may be given back, whose runtimes were never told. Absent: they may. */
  readonly returns?: boolean;
  /** The root fails, too, so that nothing comes of the run. Absent: it does not. */
  readonly rootFails?: boolean;
  /** Times that a user cancels: the run, all below the root, or one branch. */
  readonly cancels?: number;
  /** Times that a user retries a state. */
  readonly retries?: number;
  /** Times that a user pauses. Whatever is paused is resumed. */
  readonly pauses?: number;
  /** Users cancel and pause below any state, also before it has reported. Absent: below the root, once it has. */
  readonly marksAnywhere?: boolean;
}

/** Times that users may still do something. */
export interface Left {
  readonly cancels: number;
  readonly retries: number;
  readonly pauses: number;
}

export interface Step {
  readonly name: string;
  /** The control, if a user takes the step; everything else happens by itself sooner or later. */
  readonly byUser?: keyof Left;
  /** Does it; gives what was leased by it. @throws Error it is not what it should be */
  take(): Promise<readonly Held[]>;
}
