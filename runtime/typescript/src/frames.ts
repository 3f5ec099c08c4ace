import type { Emit, Report } from '@fanout/proto';

/** Puts frames on the stream that is open. */
export interface OutboxFrames {
  sendReports(items: Report[]): void;
  sendEmits(items: Emit[]): void;
}

/** What a state manager takes, as its welcome says. */
export interface OutboxLimits {
  readonly maxFrameBytes: number;
  readonly maxOutputBytes: number;
}

/** Of a state manager that does not say. */
export const usualLimits: OutboxLimits = { maxFrameBytes: 4_000_000, maxOutputBytes: 1_000_000 };
