/** Percentiles of times in buckets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  percentileOf,
  summarizeTimes,
  timeBounds,
  timeBuckets,
} from '../../../services/state-manager/domain/model/time-histogram.ts';

const bucketOf = (ms: number) => timeBounds.filter((bound) => ms >= bound).length;

function histogramOf(times: readonly number[]): number[] {
  return Array.from({ length: timeBuckets }, (_, i) => times.filter((ms) => bucketOf(ms) === i).length);
}

test('without times there is no percentile', () => {
  assert.equal(percentileOf(histogramOf([]), 0.5), undefined);
  assert.equal(summarizeTimes(histogramOf([])), undefined);
});

test('a percentile lies in its bucket by the share of what comes before it there', () => {
  // Ten times from 16 to 64 ms, and ten from 64 to 256 ms.
  const counts = histogramOf([...new Array(10).fill(20), ...new Array(10).fill(100)]);
  assert.equal(percentileOf(counts, 0.25), 16 + (64 - 16) / 2);
  assert.equal(percentileOf(counts, 0.5), 64);
  assert.equal(percentileOf(counts, 0.95), 64 + (256 - 64) * 0.9);
  assert.deepEqual(summarizeTimes(counts), { counts, boundsMs: timeBounds, p50Ms: 64, p95Ms: 236.8 });
});

test('times beyond the last bound are told as that bound', () => {
  assert.equal(percentileOf(histogramOf([5, 10_000_000, 20_000_000]), 0.95), 1_048_576);
});

test('a percentile is in the bucket of the true one, and never falls with the share', () => {
  const times = fc.array(fc.nat(1_500_000), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(times, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
      const counts = histogramOf(all);
      const sorted = [...all].sort((left, right) => left - right);
      const bucket = bucketOf(sorted[Math.ceil(share * all.length) - 1]!);
      const found = percentileOf(counts, share)!;
      assert.ok(
        found >= (timeBounds[bucket - 1] ?? 0) && found <= (timeBounds[bucket] ?? timeBounds.at(-1)!),
      );
      assert.ok(percentileOf(counts, share / 2)! <= found);
    }),
  );
});
