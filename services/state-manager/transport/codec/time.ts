/** `google.protobuf.Timestamp` or `Duration`, as decoded: parts that are zero are absent. */
interface SecondsAndNanos {
  readonly seconds?: number;
  readonly nanos?: number;
}

function split(ms: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1_000_000) };
}

/** @param at epoch milliseconds */
export function toTimestamp(at: number): { seconds: number; nanos: number } {
  return split(at);
}

/** Epoch milliseconds; finer parts are dropped. */
export function fromTimestamp({ seconds = 0, nanos = 0 }: SecondsAndNanos): number {
  return seconds * 1000 + Math.trunc(nanos / 1_000_000);
}

/** @param ms milliseconds, not negative */
export function toDuration(ms: number): { seconds: number; nanos: number } {
  return split(ms);
}

/** Milliseconds; finer parts are dropped. */
export function fromDuration({ seconds = 0, nanos = 0 }: SecondsAndNanos): number {
  return seconds * 1000 + Math.trunc(nanos / 1_000_000);
}
