/** Lines that nodes have logged. */

/** Level of a line, the least first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One line that node code has logged. */
export interface LogLine {
  /** Its number in the run, from 1, in the order in which lines were kept. */
  readonly number: number;
  /** Epoch milliseconds, by the runtime's clock. */
  readonly loggedAt: number;
  /** The level that the node gave it. */
  readonly level: LogLevel;
  /** Text for people. */
  readonly text: string;
  /** Fields beside the text. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The state whose code has logged it. */
  readonly stateId: string;
  /** The place in the graph. */
  readonly identifier: string;
  /** The path to the state; empty: it is the root, or not known any more. */
  readonly path: string;
  /** 1, 2, 3 … of the same work. */
  readonly attempt: number;
  /** The name of the runtime that executed it. */
  readonly runtimeName: string;
}

/** The lines of a run to read; all that are kept if nothing is given. */
export interface LogOptions {
  /** Goes on with lines that come, until the run has ended and all are read; false if absent. */
  readonly follow?: boolean | undefined;
  /** Lines of one state. */
  readonly stateId?: string | undefined;
  /** Lines of one state, and of all that grew from its outputs. */
  readonly below?: string | undefined;
  /** Lines of one place in the graph. */
  readonly identifier?: string | undefined;
  /** Lines of this level and above. */
  readonly minLevel?: LogLevel | undefined;
  /** Number of a line: only those behind it are read. It goes with `follow`. */
  readonly afterNumber?: number | undefined;
  /**
   * Told how many lines of the run are not kept, whatever was asked for, whenever it is known anew: dropped because they
   * came too fast, or older than the newest 1,000 that a run keeps.
   */
  readonly onDropped?: ((count: number) => void) | undefined;
  /** Ends the reading. */
  readonly signal?: AbortSignal | undefined;
}
