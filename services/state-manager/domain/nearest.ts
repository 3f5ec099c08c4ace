/**
 * The candidate that a misspelt name most likely means; undefined if none is near. A third of the letters may
 * differ, at most three; case does not count.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > longestName) return undefined;
  let best: string | undefined;
  let limit = Math.min(3, Math.max(1, Math.floor(name.length / 3)));
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) > limit) continue;
    const distance = levenshtein(name.toLowerCase(), candidate.toLowerCase(), limit);
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
  const shown = all.slice(0, mostShown).map((candidate) => `"${candidate.slice(0, longestName)}"`);
  return `there is ${shown.join(', ')}${all.length > mostShown ? ` and ${all.length - mostShown} more` : ''}`;
}

const longestName = 128;
const mostShown = 10;

/** How many letters to insert, delete or replace; anything above `limit` once it must be more than that. */
function levenshtein(a: string, b: string, limit: number): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const cost = Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1);
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return least;
    previous = row;
  }
  return previous[b.length]!;
}
