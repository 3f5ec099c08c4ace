/** Reasons for which branches have failed, for people: grouped, and short whatever the failures say. */
import { cutText } from '../json/json.ts';
import type { Failure } from '../model/state.ts';
import type { FailureReason } from '../model/unite.ts';

/** Characters of a message that a reason quotes. */
const quotedCharacters = 300;
/** Reasons that are told of one unite. */
const toldReasons = 5;

/** Failures of one node template with one code. */
interface FailureGroup<T> {
  /** The one that speaks for them. */
  readonly first: T;
  readonly count: number;
}

/** Reasons, and what they are taken from. */
export interface Reasons {
  /** The most frequent ones first. */
  readonly told: readonly FailureReason[];
  /** Number of reasons beside these. */
  readonly untold: number;
  /** Number of failures that they are taken from, if there are more; undefined: from all. */
  readonly amongFirst: number | undefined;
}

/** Groups failures by node template and code: the largest groups first, and only so many as are told. */
export function largestGroups<T extends { readonly identifier: string; readonly code: string }>(
  failures: readonly T[],
): { readonly groups: readonly FailureGroup<T>[]; readonly untold: number } {
  const byReason = new Map<string, FailureGroup<T>>();
  for (const failure of failures) {
    const key = `${failure.identifier} ${failure.code}`;
    const { first, count } = byReason.get(key) ?? { first: failure, count: 0 };
    byReason.set(key, { first, count: count + 1 });
  }
  const groups = [...byReason.values()].sort((left, right) => right.count - left.count);
  return { groups: groups.slice(0, toldReasons), untold: Math.max(0, groups.length - toldReasons) };
}

/** The reason that a group of failures is. */
export function reasonOf(identifier: string, { code, message }: Failure, count: number): FailureReason {
  return { identifier, code, message: cutText(message, quotedCharacters), count };
}

/** The message of a unite that gave up, with reasons: `…. Why: work BOOM "no money" (2), check TIMEOUT "…" (1)`. */
export function withReasons(message: string, { told, untold, amongFirst }: Reasons): string {
  if (told.length === 0) return message;
  const why = amongFirst === undefined ? 'Why' : `Why, of the first ${amongFirst} failures`;
  const reasons = told.map(({ identifier, code, count, message: text }) => {
    return `${identifier} ${code} ${inOneLine(text)} (${count})`;
  });
  const more = untold === 0 ? '' : `, and ${untold} more ${untold === 1 ? 'reason' : 'reasons'}`;
  return `${message}. ${why}: ${reasons.join(', ')}${more}`;
}

/** A text as JSON, so that nothing in it ends the quotation, or the line. */
function inOneLine(text: string): string {
  return JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
