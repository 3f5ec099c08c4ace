/**
 * Suggestions for misspelt names. No library: this one stops early at the limit, bounds what a hostile name can cost, and
 * keeps npm out of the domain.
 */

/**
 * The candidate that a misspelt name most likely means; undefined if none is near. A third of the letters may
 * differ, at most three; case does not count.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > maxName) return undefined;
  const lower = name.toLowerCase();
  let best: string | undefined;
  let limit = Math.min(3, Math.max(1, Math.floor(name.length / 3)));
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) > limit) continue;
    const distance = levenshtein(lower, candidate.toLowerCase(), limit);
    if (distance > limit || (distance === limit && best !== undefined)) continue;
    best = candidate;
    limit = distance;
  }
  return best;
}

/** The end of a sentence: the name that is meant, or else what there is to choose from. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const all = [...candidates];
  const near = nearest(name, all);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (all.length === 0) return 'there is none';
  const shown = all.slice(0, maxShown).map((candidate) => `"${candidate.slice(0, maxName)}"`);
  return `there is ${shown.join(', ')}${all.length > maxShown ? ` and ${all.length - maxShown} more` : ''}`;
}

/**
 * Characters of a name that is compared: a longer one is no slip of the fingers to correct, and comparing it costs
 * time.
 */
const maxName = 64;
const maxShown = 10;

/**
 * The number of letters to insert, delete or replace; `limit + 1` for anything above `limit`. Only the diagonal band of
 * the table that can stay within the limit is worked out.
 */
function levenshtein(left: string, right: string, limit: number): number {
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  let [leftEnd, rightEnd] = [left.length, right.length];
  while (leftEnd > start && rightEnd > start && left[leftEnd - 1] === right[rightEnd - 1]) {
    leftEnd--;
    rightEnd--;
  }
  const [a, b] = [left.slice(start, leftEnd), right.slice(start, rightEnd)];
  const [shorter, longer] = a.length < b.length ? [a.length, b.length] : [b.length, a.length];
  // Both their first and their last letters differ: one letter is enough for one letter only.
  if (shorter === 0 || longer === 1) return Math.min(longer, limit + 1);
  if (limit === 1) return 2;
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  let row = previous.map(() => limit + 1);
  for (let i = 1; i <= a.length; i++) {
    const first = Math.max(1, i - limit);
    const last = Math.min(b.length, i + limit);
    row[first - 1] = first === 1 ? i : limit + 1;
    let least = row[first - 1]!;
    for (let j = first; j <= last; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const above = j === i + limit ? limit + 1 : previous[j]!;
      row[j] = Math.min(replaced, above + 1, row[j - 1]! + 1);
      least = Math.min(least, row[j]!);
    }
    if (least > limit) return limit + 1;
    [previous, row] = [row, previous];
  }
  return Math.min(previous[b.length]!, limit + 1);
}
