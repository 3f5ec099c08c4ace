/**
 * JSON whose numbers stay as they were written. Runtimes write numbers that no double holds: whole numbers beyond
 * 2^53, more than 17 digits, 1e400. `JSON.parse` rounds them; here they become an `ExactNumber`, and all others a
 * number. Nearly no text has one, so that looking for them is what has to be cheap.
 *
 * No library: one that keeps numbers is a parser in JavaScript, for every text. From Node 22 on `JSON.parse` gives the
 * source of a number and `JSON.rawJSON` writes it, which will replace most of this.
 *
 * This is no parser: `JSON.parse` decides what is JSON, which of two equal keys counts, and what `__proto__` is.
 */

/** Thrown by what only `writeJson` can write. */
const inexact = new Error('a number that no double holds is to be written as JSON: write it with writeJson');

/** A number that no double holds as it was written. It is a leaf: nothing reaches into it. */
export class ExactNumber {
  /** The number as it was written in JSON. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The nearest double that is finite, and is 0 only if the number is. */
  get nearest(): number {
    const number = Number(this.text);
    if (!Number.isFinite(number)) return Math.sign(number) * Number.MAX_VALUE;
    if (number !== 0 || !/^-?[0.]*[1-9]/.test(this.text)) return number;
    return this.text.startsWith('-') ? -Number.MIN_VALUE : Number.MIN_VALUE;
  }

  /** True if it has no fraction. */
  get isWhole(): boolean {
    const { digits, point } = decimalOf(this.text);
    return digits.length <= point;
  }

  /** Keeps `JSON.stringify` from writing an object where a number was. */
  toJSON(): never {
    throw inexact;
  }
}

/** A JSON value with all its numbers. @throws SyntaxError as `JSON.parse` does */
export function readJson(text: string): unknown {
  return parse(text, (number) => (isHeld(number) ? undefined : new ExactNumber(number)));
}

/** The text of what `readJson` gives, or of what is made of it. */
export function writeJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error !== inexact) throw error;
    return write(value);
  }
}

/**
 * A JSON value with doubles for all its numbers, for what knows nothing else: JSON Schema checks.
 * @param json its text
 */
export function rounded(value: unknown, json = writeJson(value)): unknown {
  return hasLongNumber(json) ? readRounded(json) : value;
}

/** The same of a text. @throws SyntaxError as `JSON.parse` does */
export function readRounded(text: string): unknown {
  return parse(text, (number) => {
    const { nearest } = new ExactNumber(number);
    return nearest === Number(number) ? undefined : nearest;
  });
}

/** One of all the texts that a number can have: equal numbers have equal ones. */
export function canonicalNumber({ text }: ExactNumber): number | ExactNumber {
  const double = Number(text);
  if (Number.isFinite(double) && isSameNumber(text, String(double))) return double;
  const { sign, digits, point } = decimalOf(text);
  // An exponent that is itself beyond doubles.
  if (!Number.isSafeInteger(point)) return new ExactNumber(text);
  return new ExactNumber(sign + unsigned(digits, point));
}

/** Zeros that are written out instead of an exponent, at most: as JavaScript does. */
const maxZeros = 21;

function unsigned(digits: string, point: number): string {
  const zeros = point - digits.length;
  if (zeros >= 0 && zeros <= maxZeros) return digits + '0'.repeat(zeros);
  if (point > 0 && zeros < 0) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  if (point <= 0 && point > -6) return `0.${'0'.repeat(-point)}${digits}`;
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${digits[0]}${fraction}e${point > 0 ? '+' : ''}${point - 1}`;
}

/** Parts of a number 0.DIGITS × 10^point. Zero has no digits; others neither begin nor end with one that is 0. */
interface Decimal {
  readonly sign: string;
  readonly digits: string;
  readonly point: number;
}

function decimalOf(text: string): Decimal {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = whole + fraction;
  let start = 0;
  while (all[start] === '0') start++;
  let end = all.length;
  while (end > start && all[end - 1] === '0') end--;
  if (start === end) return { sign: '', digits: '', point: 0 };
  return { sign, digits: all.slice(start, end), point: whole.length - start + Number(exponent) };
}

function isSameNumber(left: string, right: string): boolean {
  if (left === right) return true;
  const [a, b] = [decimalOf(left), decimalOf(right)];
  return a.sign === b.sign && a.digits === b.digits && a.point === b.point;
}

/** True if the text of the double that a number becomes says the same. */
function isHeld(number: string): boolean {
  const double = Number(number);
  const text = String(double);
  if (text === number) return true;
  // Its double would turn the digits of a whole number into an exponent, which many parsers take for a fraction.
  if (!(Math.abs(double) < 1e21)) return false;
  // As Python and C write small numbers, of which there can be many.
  if (number.replace('e-0', 'e-') === double.toExponential()) return true;
  return isSameNumber(number, text);
}

/** A number with up to 15 digits and an exponent of up to two is the one that its double is written as. */
const longNumber = /[\d.]{16}|[eE][+-]?\d{3}/;

/**
 * True if a text has what looks like a long number, be it in a string. Every text is looked through, so the same is
 * said in two patterns that V8 gets through fast: written out, it skips what cannot be part of so many digits.
 */
function hasLongNumber(text: string): boolean {
  return manyDigits.test(text) || longExponent.test(text);
}

const manyDigits = new RegExp('[0-9.]'.repeat(16));
/** Pattern with what follows a number: hashes in strings often have all that stands before. */
const longExponent = /[0-9][eE][+-]?[0-9][0-9][0-9]+(?:[\s,\]}]|$)/;

/** Stand for long numbers while their text is parsed. No shorter number is one of these, since none ends with a 4. */
const firstMark = 9_007_199_254_740_994;
const markStep = 10;

/** @param replace gives what a long number becomes; undefined: what `JSON.parse` makes of it */
function parse(text: string, replace: (number: string) => number | ExactNumber | undefined): unknown {
  const value: unknown = JSON.parse(text);
  if (!hasLongNumber(text) || isWrittenAs(text, value)) return value;
  const found = longNumbers(text);
  const replacements = found.map(({ number }) => replace(number));
  if (replacements.every((one) => one === undefined)) return value;
  const parts: string[] = [];
  let end = 0;
  for (const [i, { at, number }] of found.entries()) {
    parts.push(text.slice(end, at), String(firstMark + i * markStep));
    end = at + number.length;
  }
  const marked: unknown = JSON.parse(parts.join('') + text.slice(end));
  return replaceMarks(
    marked,
    replacements.map((one, i) => one ?? Number(found[i]!.number)),
  );
}

/** True if writing a value gives the same text. One that is too deep to be written, which reading is not, counts as another. */
function isWrittenAs(text: string, value: unknown): boolean {
  try {
    return JSON.stringify(value) === text;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function replaceMarks(marked: unknown, numbers: readonly (number | ExactNumber)[]): unknown {
  const root: Record<string, unknown> = { marked };
  const found: Record<string, unknown>[] = [root];
  for (const object of found) {
    for (const key of Object.keys(object)) {
      // An own property, so that even `__proto__` is read and written as one.
      const member = object[key];
      if (typeof member === 'object' && member !== null) found.push(member as Record<string, unknown>);
      if (typeof member !== 'number') continue;
      const index = (member - firstMark) / markStep;
      if (Number.isInteger(index) && numbers[index] !== undefined) object[key] = numbers[index];
    }
  }
  return root.marked;
}

/** The long numbers of a text that is JSON, and where they are: outside of strings. */
function longNumbers(text: string): { readonly at: number; readonly number: string }[] {
  const found: { at: number; number: string }[] = [];
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    const end = quote < 0 ? text.length : quote;
    if (end - at >= minLong) {
      for (const { index, 0: number } of text.slice(at, end).matchAll(/-?\d[\d.eE+-]{4,}/g)) {
        if (longNumber.test(number)) found.push({ at: at + index, number });
      }
    }
    if (quote < 0) break;
    at = endOfString(text, quote);
  }
  return found;
}

/** @param quote where it begins */
function endOfString(text: string, quote: number): number {
  for (let at = quote; ; ) {
    at = text.indexOf('"', at + 1);
    let first = at;
    while (text.charCodeAt(first - 1) === 0x5c) first--;
    if ((at - first) % 2 === 0) return at + 1;
  }
}

/** `1e400` */
const minLong = 5;

function write(value: unknown): string {
  if (value instanceof ExactNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map((item: unknown) => write(item ?? null)).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${write(member)}`).join()}}`;
}
