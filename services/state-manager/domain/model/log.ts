/** Lines that nodes log. */

/** Levels of lines, the least first. */
export const lineLevels = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;

export type LineLevel = (typeof lineLevels)[number];

/** A line as a runtime sends it. */
export interface LoggedLine {
  /** Epoch milliseconds, by the runtime's clock. */
  readonly loggedAt: number;
  readonly level: LineLevel;
  readonly text: string;
  /** A JSON object; empty: none. */
  readonly fieldsJson: string;
}

/** A line as it is kept. */
export interface KeptLine extends LoggedLine {
  readonly state: number;
  /** Index of its node template. */
  readonly node: number;
  readonly attempt: number;
  readonly runtimeName: string;
}

/** A line as clients see it. */
export interface LogLine extends LoggedLine {
  /** Its number in the run, from 1. */
  readonly number: number;
  readonly stateId: string;
  readonly identifier: string;
  /** Empty: of the root, or of a state that is not known any more. */
  readonly path: string;
  readonly attempt: number;
  readonly runtimeName: string;
}

/** Lines to choose. */
export interface LogFilter {
  readonly stateId?: string;
  /** Takes what grew from that state as well. */
  readonly isBelow?: boolean;
  readonly identifier?: string;
  readonly minLevel?: LineLevel;
}

/** Lines of a run, and how many of it are not kept. */
export interface LogPage {
  readonly lines: readonly LogLine[];
  /** Dropped under load, or older than those that are kept; of the whole run. */
  readonly dropped: number;
}

/** Bounds of the lines that a run keeps. */
export interface LogBounds {
  /** The newest lines, so many; 0: none are taken. */
  readonly lines: number;
  /** Bytes of them. */
  readonly bytes: number;
  /** Lines of one namespace that a state manager takes in a second. */
  readonly perSecond: number;
}
