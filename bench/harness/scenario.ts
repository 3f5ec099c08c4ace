/** A scenario: what is measured, of whom, and which ratios say whether it got worse. */
import type { ContenderKind } from '../contenders/contender.ts';
import type { Sample, Sizes } from './sample.ts';

/** One of several that are measured in turn: a system, or a way to use it. */
export interface Subject {
  readonly name: string;
  /** Measures once. @throws Error something was lost, or it failed */
  measure(sizes: Sizes): Promise<Sample>;
}

/** A figure, by the name that it has before the point. */
export interface Figure {
  readonly name: string;
  readonly meaning: string;
  readonly better: 'higher' | 'lower';
}

/** A quotient of the medians of two subjects. */
export interface Ratio {
  readonly figure: string;
  readonly of: string;
  readonly to: string;
}

/** Things that a scenario opens its subjects with. */
export interface Opening {
  readonly sizes: Sizes;
  /** Peers that are there, and may be measured. */
  readonly peers: readonly ContenderKind[];
  /** A folder for Redis and others, removed at the end. */
  readonly folder: string;
}

export interface Scenario {
  readonly name: string;
  /** A sentence without its point: what one round measures. */
  readonly summary: string;
  readonly figures: readonly Figure[];
  /** The figure that ratios to peers and the chart are of. */
  readonly headline: string;
  /** Entries for each time that it is measured; `full` in place of `usual` with `--full`. */
  readonly sizes: { readonly usual: readonly Sizes[]; readonly full?: readonly Sizes[] };
  /** The most that a warm-up takes of each size. */
  readonly warmUpSizes?: Sizes;
  /** Number of rounds, where it is not for the command line to say. */
  readonly rounds?: number;
  /** Ratios of Fanout to itself; those to peers are made of the headline. */
  readonly ratios?: readonly Ratio[];
  /** Figures that no machine changes, so that they are compared as they are. */
  readonly absolute?: readonly string[];
  /** Starts what is measured. Whatever it starts ends with `stopProcesses`. */
  open(opening: Opening): Promise<readonly Subject[]>;
}
