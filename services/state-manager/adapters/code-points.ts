/** Sets of code points, as ranges with both ends, ascending and apart. */
export type CodePoints = readonly (readonly [first: number, last: number])[];

const last = 0x10ffff;

export const allCodePoints: CodePoints = [[0, last]];

/** The set of some ranges, in any order. */
export function codePoints(ranges: CodePoints): CodePoints {
  const merged: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((left, right) => left[0] - right[0])) {
    const before = merged.at(-1);
    if (before && from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** All code points that a set has not. */
export function allBut(set: CodePoints): CodePoints {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) rest.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= last) rest.push([next, last]);
  return rest;
}

/** True if some code point is in both sets. */
export function haveCommon(left: CodePoints, right: CodePoints): boolean {
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    const [a, b] = [left[i]!, right[j]!];
    if (a[1] < b[0]) i++;
    else if (b[1] < a[0]) j++;
    else return true;
  }
  return false;
}
