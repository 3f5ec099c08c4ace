/** Labels of runs: what they may be. */

import { quoted } from '../json/json.ts';
import type { Labels } from '../model/labels.ts';

/** Labels that a run has at most. */
const maxLabels = 8;
const maxKeyBytes = 63;
const maxValueBytes = 255;

const controlCharacter = /\p{Cc}/u;

/** The rule that a label breaks, which completes "the label … "; undefined: none. */
export function wrongLabel(key: string, value: string): string | undefined {
  if (key === '') return 'has no key: give it one';
  if (Buffer.byteLength(key) > maxKeyBytes)
    return `has a key of ${Buffer.byteLength(key)} bytes, ${maxKeyBytes} are allowed: shorten it`;
  if (key.includes('=') || controlCharacter.test(key))
    return 'has = or a control character in its key: leave it out';
  if (Buffer.byteLength(value) > maxValueBytes)
    return `has a value of ${Buffer.byteLength(value)} bytes, ${maxValueBytes} are allowed: shorten it`;
  return controlCharacter.test(value) ? 'has a control character in its value: leave it out' : undefined;
}

/** A label as messages name it. */
export function labelNamed(key: string): string {
  return `the label ${quoted(key)}`;
}

/** The reason why a run cannot have so many labels; undefined: it can. */
export function tooManyLabels(count: number): string | undefined {
  if (count <= maxLabels) return undefined;
  return `a run has at most ${maxLabels} labels and this would have ${count}: leave some out`;
}

export function orderedLabels(entries: Iterable<readonly [string, string]>): Labels {
  return new Map([...entries].sort(([left], [right]) => (left < right ? -1 : 1)));
}
