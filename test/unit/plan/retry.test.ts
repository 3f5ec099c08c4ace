import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  defaultRetryPolicy,
  type RetryPolicy,
  type RetryStrategy,
  retryDelayMs,
} from '../../../services/state-manager/domain/graph/retry-policy.ts';

function policy(strategy: RetryStrategy, fields: Partial<RetryPolicy> = {}): RetryPolicy {
  return { maxRetries: 3, strategy, backoffFactor: 2_000, exponent: 2, ...fields };
}

const delays = (of: RetryPolicy, random = 0) =>
  [1, 2, 3, 4].map((attempt) => retryDelayMs(of, attempt, random));

test('plain strategies wait b·e^(n-1), b·n and b', () => {
  assert.deepEqual(delays(policy('EXPONENTIAL')), [2_000, 4_000, 8_000, 16_000]);
  assert.deepEqual(delays(policy('EXPONENTIAL', { exponent: 3 })), [2_000, 6_000, 18_000, 54_000]);
  assert.deepEqual(delays(policy('LINEAR')), [2_000, 4_000, 6_000, 8_000]);
  assert.deepEqual(delays(policy('FIXED')), [2_000, 2_000, 2_000, 2_000]);
});

test('full jitter is uniform from nothing to the delay, equal jitter from half of it', () => {
  assert.deepEqual(delays(policy('LINEAR_FULL_JITTER'), 0), [0, 0, 0, 0]);
  assert.deepEqual(delays(policy('LINEAR_FULL_JITTER'), 0.5), [1_000, 2_000, 3_000, 4_000]);
  assert.deepEqual(delays(policy('EXPONENTIAL_EQUAL_JITTER'), 0), [1_000, 2_000, 4_000, 8_000]);
  assert.deepEqual(delays(policy('EXPONENTIAL_EQUAL_JITTER'), 0.5), [1_500, 3_000, 6_000, 12_000]);
});

test('each of the nine strategies waits as its name says, drawn from 0, a half and nearly 1', () => {
  const expected: Record<RetryStrategy, readonly number[]> = {
    EXPONENTIAL: [8_000, 8_000, 8_000],
    EXPONENTIAL_FULL_JITTER: [0, 4_000, 7_992],
    EXPONENTIAL_EQUAL_JITTER: [4_000, 6_000, 7_996],
    LINEAR: [6_000, 6_000, 6_000],
    LINEAR_FULL_JITTER: [0, 3_000, 5_994],
    LINEAR_EQUAL_JITTER: [3_000, 4_500, 5_997],
    FIXED: [2_000, 2_000, 2_000],
    FIXED_FULL_JITTER: [0, 1_000, 1_998],
    FIXED_EQUAL_JITTER: [1_000, 1_500, 1_999],
  };
  for (const [strategy, waits] of Object.entries(expected)) {
    const found = [0, 0.5, 0.999].map((random) => retryDelayMs(policy(strategy as RetryStrategy), 3, random));
    assert.deepEqual(found, waits, strategy);
  }
});

test('a policy that says nothing makes 3 retries, after 2, 4 and 8 seconds, without a cap', () => {
  assert.deepEqual(defaultRetryPolicy, policy('EXPONENTIAL'));
  assert.deepEqual(delays(defaultRetryPolicy).slice(0, 3), [2_000, 4_000, 8_000]);
});

test('the cap comes last, so that a jittered delay can reach it', () => {
  const capped = { maxDelay: 5_000 };
  assert.deepEqual(delays(policy('EXPONENTIAL', capped)), [2_000, 4_000, 5_000, 5_000]);
  assert.deepEqual(delays(policy('EXPONENTIAL_FULL_JITTER', capped), 0.5), [1_000, 2_000, 4_000, 5_000]);
  assert.deepEqual(delays(policy('FIXED', { maxDelay: 0 })), [0, 0, 0, 0]);
});

test('no delay stays no delay however many attempts have failed', () => {
  assert.equal(retryDelayMs(policy('EXPONENTIAL', { backoffFactor: 0 }), 1_100, 0.5), 0);
  assert.equal(retryDelayMs(policy('EXPONENTIAL_FULL_JITTER'), 1_100, 0), 0);
});

test('a delay is a whole number of milliseconds, from zero to a year, whatever the policy', () => {
  const strategies: RetryStrategy[] = [
    'EXPONENTIAL',
    'EXPONENTIAL_FULL_JITTER',
    'LINEAR_EQUAL_JITTER',
    'FIXED',
  ];
  const positive = fc.double({ min: 0, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(
      fc.constantFrom(...strategies),
      positive,
      positive,
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (strategy, backoffFactor, exponent, attempt, random) => {
        const delay = retryDelayMs(policy(strategy, { backoffFactor, exponent }), attempt, random);
        assert.ok(Number.isSafeInteger(delay) && delay >= 0 && delay <= 365 * 24 * 3_600_000, String(delay));
      },
    ),
  );
});
