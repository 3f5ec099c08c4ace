/** Numbers of times by bucket: each bucket goes to four times as much as the one before, and the last one has the rest. */
export type TimeHistogram = readonly number[];

/** The number of buckets. */
export const timeBuckets = 12;

/** Bounds between the buckets, milliseconds: 1, 4, 16 … 1,048,576. */
export const timeBounds: readonly number[] = Array.from({ length: timeBuckets - 1 }, (_, i) => 4 ** i);

/**
 * The time that so large a share of all took at most, milliseconds: interpolated between the bounds of the bucket that it
 * lies in, as if its times were spread evenly. In the last bucket, which has no end: the bound that it begins with.
 * Undefined: there are no times.
 * @param share more than 0, up to 1
 */
export function percentileOf(histogram: TimeHistogram, share: number): number | undefined {
  const total = histogram.reduce((sum, number) => sum + number, 0);
  if (total === 0) return undefined;
  const rank = share * total;
  let below = 0;
  for (const [bucket, number] of histogram.entries()) {
    if (number > 0 && below + number >= rank) {
      const from = timeBounds[bucket - 1] ?? 0;
      const to = timeBounds[bucket] ?? from;
      return from + ((to - from) * (rank - below)) / number;
    }
    below += number;
  }
  return timeBounds.at(-1);
}

/** Times as people see them. */
export interface TimeSummary {
  /** Numbers by bucket. */
  readonly counts: TimeHistogram;
  /** Bounds between the buckets. */
  readonly boundsMs: readonly number[];
  /** The time that half of them took at most, and 95 %. */
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Undefined: there are no times. */
export function summarizeTimes(counts: TimeHistogram): TimeSummary | undefined {
  const [p50Ms, p95Ms] = [percentileOf(counts, 0.5), percentileOf(counts, 0.95)];
  if (p50Ms === undefined || p95Ms === undefined) return undefined;
  return { counts, boundsMs: timeBounds, p50Ms, p95Ms };
}
