/** Milliseconds, or a number with a unit. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}`;

/** @throws TypeError it is written otherwise */
export function durationMs(duration: Duration): number {
  if (typeof duration === 'number') return duration;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(duration) ?? [];
  const factor = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit ?? ''];
  if (factor === undefined) throw new TypeError(`duration "${duration}": write it like 250ms, 30s, 5m or 1h`);
  return Number(amount) * factor;
}

/** The longest that a timer can wait: beyond it, Node fires at once. */
const maxTimerMs = 2 ** 31 - 1;

/** @throws TypeError it is nothing that a timer can wait for */
export function timerMs(what: string, duration: Duration): number {
  const ms = durationMs(duration);
  if (ms > 0 && ms <= maxTimerMs) return ms;
  throw new TypeError(`${what} ${duration}: must be more than 0, and at most 24 days`);
}
