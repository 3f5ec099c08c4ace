/** `google.protobuf.Timestamp` or `Duration`: parts that are zero may be absent. */
interface SecondsAndNanos {
  readonly seconds?: number;
  readonly nanos?: number;
}

export function wireDuration(ms: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(ms / 1_000);
  return { seconds, nanos: Math.round((ms - seconds * 1_000) * 1e6) };
}

/** Milliseconds, with fractions. */
export function millisOf({ seconds = 0, nanos = 0 }: SecondsAndNanos): number {
  return seconds * 1_000 + nanos / 1e6;
}

/** Epoch milliseconds. */
export function instantOf(time: SecondsAndNanos | undefined): number | undefined {
  return time && Math.trunc(millisOf(time));
}
