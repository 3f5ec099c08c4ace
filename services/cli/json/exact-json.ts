/** JSON whose numbers stay as they were written, also those that no double holds, such as ids of 20 digits. */
import { randomUUID } from 'node:crypto';

/** A number that a double would round. */
class ExactNumber {
  /** The number as it was written. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Strings, which are left alone, and numbers. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Digits without zeros at either end, and the power of ten of the last one. */
function canonical(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  return `${sign}${kept}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - kept.length)}`;
}

function isExact(number: string): boolean {
  const double = Number(number);
  return Number.isFinite(double) && canonical(number) === canonical(String(double));
}

/** Reads JSON; a number that a double would round becomes an ExactNumber. @throws SyntaxError it is no JSON */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // Nobody can have written a text that begins so.
  const mark = randomUUID();
  let isRounded = false;
  const marked = text.replace(tokens, (token) => {
    if (token.startsWith('"') || isExact(token)) return token;
    isRounded = true;
    return `"${mark}${token}"`;
  });
  if (!isRounded) return value;
  return JSON.parse(marked, (_, each: unknown) =>
    typeof each === 'string' && each.startsWith(mark) ? new ExactNumber(each.slice(mark.length)) : each,
  );
}

/** Writes JSON, with spaces and lines if `indent` is given; what JSON cannot say is left out, as `JSON.stringify` does. */
export function writeJson(value: unknown, indent = 0): string {
  const mark = randomUUID();
  const text = JSON.stringify(
    value,
    (_, each: unknown) => (each instanceof ExactNumber ? mark + each.text : each),
    indent,
  );
  return text.replaceAll(new RegExp(`"${mark}([^"]+)"`, 'g'), '$1');
}

/** The JSON of the client: what users give and get stays as it was written. */
export const exactJson = { parse: parseJson, stringify: (value: unknown) => writeJson(value) };
