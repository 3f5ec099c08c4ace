import type { Emit, Report } from '@fanout/proto';

/** Puts frames on the stream that is open. */
export interface OutboxFrames {
  sendReports(items: Report[]): void;
  sendEmits(items: Emit[]): void;
}

/** Limits of a state manager, as its welcome gives them. */
export interface OutboxLimits {
  readonly maxFrameBytes: number;
  readonly maxOutputBytes: number;
}

/** Limits of a state manager whose welcome gives none. */
export const usualLimits: OutboxLimits = { maxFrameBytes: 4_000_000, maxOutputBytes: 1_000_000 };
