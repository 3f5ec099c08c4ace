/** Lines that nodes have logged. */
import type { KeptLine } from '../../domain/model/log.ts';

/** Lines of one run that are to be kept, in their order. */
export interface NewLines {
  readonly runId: string;
  readonly lines: readonly KeptLine[];
  /** Number of lines that were left out. */
  readonly dropped: number;
}

/** Some lines of a run that are kept. */
export interface KeptLines {
  /** Number of the first one. */
  readonly first: number;
  readonly lines: readonly KeptLine[];
  /** Number of the newest line of the run; 0: there never was one. */
  readonly last: number;
  /** Number of lines that were left out, or have made room. */
  readonly dropped: number;
}

export interface LogStorage {
  /**
   * Keeps lines: of each run the newest, within the bounds. What is kept before a later step is committed is seen by who
   * sees that step.
   * @returns what was not kept: storage takes nothing now
   */
  keep(
    runs: readonly NewLines[],
    bounds: { readonly lines: number; readonly bytes: number },
  ): Promise<readonly NewLines[]>;
  /** Reads lines from that number on, or from the oldest that is kept. */
  lines(runId: string, from: number, atMost: number): Promise<KeptLines>;
}
