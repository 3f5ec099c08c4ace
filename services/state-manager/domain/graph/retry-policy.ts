/** The rule by which a failed state is tried again. */
export interface RetryPolicy {
  /** Replacements of one state, at most. */
  readonly maxRetries: number;
  readonly strategy: RetryStrategy;
  /** Milliseconds. */
  readonly backoffFactor: number;
  /** Base of the exponential strategies. */
  readonly exponent: number;
  /** Milliseconds; the longest delay. Undefined: no cap. */
  readonly maxDelay?: number;
}

export type RetryStrategy = `${'EXPONENTIAL' | 'LINEAR' | 'FIXED'}${'' | '_FULL_JITTER' | '_EQUAL_JITTER'}`;

export const defaultRetryPolicy: RetryPolicy = {
  maxRetries: 3,
  strategy: 'EXPONENTIAL',
  backoffFactor: 2000,
  exponent: 2,
};

/**
 * The delay before a replacement, in whole milliseconds. No library: those for backoffs, as `cockatiel`, wait and call
 * again themselves, and here the delay is a value that storage keeps.
 * @param attempt the attempt that failed, 1 and up, lost leases not counted
 * @param random uniform in [0, 1)
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: number): number {
  const delay = plainDelayMs(policy, attempt);
  const jittered = policy.strategy.endsWith('_FULL_JITTER')
    ? delay * random
    : policy.strategy.endsWith('_EQUAL_JITTER')
      ? delay / 2 + (delay / 2) * random
      : delay;
  return Math.round(Math.min(jittered, policy.maxDelay ?? maxDelayMs, maxDelayMs));
}

/** A year: due times stay exact numbers whatever the exponent. */
const maxDelayMs = 365 * 24 * 3600 * 1000;

/** Capped, since an infinite delay times 0 is no number. */
function plainDelayMs({ strategy, backoffFactor, exponent }: RetryPolicy, attempt: number): number {
  if (backoffFactor === 0) return 0;
  if (strategy.startsWith('EXPONENTIAL'))
    return Math.min(backoffFactor * exponent ** (attempt - 1), maxDelayMs);
  if (strategy.startsWith('LINEAR')) return Math.min(backoffFactor * attempt, maxDelayMs);
  return backoffFactor;
}
