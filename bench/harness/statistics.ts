/** Medians, spreads and percentiles. */
import { build } from 'hdr-histogram-js';

/** A figure over several rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The middle of some values, or the mean of the two in the middle. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

/** Three significant digits, and no fraction where there are more. */
export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

export function spreadOf(values: readonly number[]): Spread {
  return {
    median: rounded(medianOf(values)),
    min: rounded(Math.min(...values)),
    max: rounded(Math.max(...values)),
  };
}

/** The p50 and p99 of latencies, milliseconds; they are given in microseconds. */
export function percentilesOf(us: readonly number[]): { p50_ms: number; p99_ms: number } {
  const histogram = build({ bitBucketSize: 64, numberOfSignificantValueDigits: 3 });
  for (const each of us) histogram.recordValue(Math.max(0, Math.round(each)));
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1_000;
  return { p50_ms: at(50), p99_ms: at(99) };
}
