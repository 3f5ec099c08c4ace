/**
 * Bounds of the steps that a backtracking matcher takes with a pattern, as a polynomial of the text's length that follows from the
 * pattern alone.
 *
 *     ^[a-z0-9-]+$          linear: at the end of the letters either the text ends, or nothing shorter fits
 *     ^\d+\.\d+$            linear: a dot is no digit, so there is one place where the first number can end
 *     ^[^@]+@.+\..+$        square: the middle may end at each dot, and behind each of them the rest is looked at
 *     [a-z]+!               square: the search may begin at each character
 *     ^(a+)+$, ^(a|b)*$     UNBOUNDED: what is repeated is no single character
 */
import { allCodePoints, type CodePoints, codePoints, haveCommon } from './code-points.ts';
import { type Part, type Pattern, readPattern, type Sequence } from './pattern.ts';

/** Steps with a text of n characters, n not 0: at most `linear` × n + `square` × n². */
export interface PatternCost {
  readonly linear: number;
  readonly square: number;
}

/** Bounds the work of searching a text for a pattern; UNBOUNDED: no bound follows from the pattern, as far as it is read here. */
export function patternCost(text: string): PatternCost | 'UNBOUNDED' {
  const pattern = readPattern(text);
  if (pattern === undefined) return 'UNBOUNDED';
  const [once, linear, square, ...higher] = stepsOf(pattern);
  if (higher.some((factor) => factor > 0)) return 'UNBOUNDED';
  return { linear: (once ?? 0) + (linear ?? 0), square: square ?? 0 };
}

/** Factors of 1, n, n² … */
type Steps = readonly number[];

const one: Steps = [1];
/** The length of the text. */
const whole: Steps = [0, 1];

function plus(left: Steps, right: Steps): Steps {
  const [longer, shorter] = left.length > right.length ? [left, right] : [right, left];
  return longer.map((factor, degree) => factor + (shorter[degree] ?? 0));
}

function times(left: Steps, right: Steps): Steps {
  return left
    .map((factor, degree) => [...Array<number>(degree).fill(0), ...right.map((other) => factor * other)])
    .reduce(plus, []);
}

/** The rest of a pattern, from some part on, and what follows from it for the parts before. */
interface Rest {
  /** Steps to match it from one place of the text on, or to find that it does not match there. */
  readonly steps: Steps;
  /** Characters with which it can begin. */
  readonly first: CodePoints;
  /** Steps to find that it does not begin with the next character. */
  readonly refusal: number;
  /** False: it matches anything, so that nothing before it is tried again. */
  readonly canFail: boolean;
}

const nothing: Rest = { steps: one, first: allCodePoints, refusal: 1, canFail: false };

function stepsOf(pattern: Pattern): Steps {
  return pattern
    .map(({ isAtStart, parts }) => {
      const { steps } = sequenceBefore(nothing, parts);
      return isAtStart ? plus(one, steps) : times(plus(one, whole), steps);
    })
    .reduce(plus, []);
}

function sequenceBefore(rest: Rest, parts: Sequence): Rest {
  return parts.reduceRight(partBefore, rest);
}

function partBefore(rest: Rest, part: Part): Rest {
  switch (part.kind) {
    case 'end':
      return { steps: plus(one, rest.steps), first: [], refusal: 1, canFail: true };
    case 'choice': {
      const branches = part.branches.map((parts) => sequenceBefore(rest, parts));
      return {
        steps: branches.map(({ steps }) => steps).reduce(plus, one),
        first: codePoints(branches.flatMap(({ first }) => first)),
        refusal: branches.reduce((sum, { refusal }) => sum + refusal, 1),
        canFail: branches.every(({ canFail }) => canFail),
      };
    }
    case 'repeat':
      return repeatBefore(rest, part);
  }
}

function repeatBefore(rest: Rest, { set, least, most }: Part & { readonly kind: 'repeat' }): Rest {
  const count = Number.isFinite(most) ? [most] : whole;
  // Before a character of the set the rest is refused at once, so that only as many as there are can be right.
  const isForced = least === most || !rest.canFail || !haveCommon(set, rest.first);
  const tried = isForced
    ? plus(times(count, [1 + rest.refusal]), rest.steps)
    : plus(count, times(plus(one, count), rest.steps));
  return {
    steps: plus(one, tried),
    first: least > 0 ? set : codePoints([...set, ...rest.first]),
    refusal: least > 0 ? 1 : 1 + rest.refusal,
    canFail: least > 0 || rest.canFail,
  };
}
