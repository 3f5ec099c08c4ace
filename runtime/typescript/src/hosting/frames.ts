import type { Emit, Report, StateLog } from '@fanout/proto';

/** Puts frames on the stream that is open. */
export interface OutboxFrames {
  sendReports(items: Report[]): void;
  sendEmits(items: Emit[]): void;
}

/** Puts lines of nodes on the stream that is open. */
export interface LogFrames {
  /** Frames wait for the stream: lines had better wait as well. */
  readonly isBehind: boolean;
  sendLogLines(items: StateLog[]): void;
}

/** Bounds of lines, as the welcome of a state manager gives them. */
export interface LogLimits {
  readonly maxLineBytes: number;
  readonly maxLines: number;
  readonly maxFrameBytes: number;
}

/** Limits of a state manager, as its welcome gives them. */
export interface OutboxLimits {
  readonly maxFrameBytes: number;
  readonly maxOutputBytes: number;
}

/** Limits of a state manager whose welcome gives none. */
export const usualLimits: OutboxLimits = { maxFrameBytes: 4_000_000, maxOutputBytes: 1_000_000 };
