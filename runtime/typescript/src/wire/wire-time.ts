/** `google.protobuf.Timestamp` or `Duration`: parts that are zero may be absent. */
interface SecondsAndNanos {
  readonly seconds?: number;
  readonly nanos?: number;
}

/** A `google.protobuf.Duration`, or the Timestamp of epoch milliseconds. */
export function wireTime(ms: number): { seconds: number; nanos: number } {
  const whole = Math.floor(ms / 1_000);
  const nanos = Math.round((ms - whole * 1_000) * 1e6);
  // What is rounded up to a second is one.
  return nanos < 1e9 ? { seconds: whole, nanos } : { seconds: whole + 1, nanos: 0 };
}

/** Milliseconds, with fractions. */
export function millisOf({ seconds = 0, nanos = 0 }: SecondsAndNanos): number {
  return seconds * 1_000 + nanos / 1e6;
}

/** Epoch milliseconds. */
export function instantOf(time: SecondsAndNanos | undefined): number | undefined {
  return time && Math.trunc(millisOf(time));
}
