/**
 * A reader of the regular expressions that schemas have as `pattern` (ECMAScript, with the flag `u`), as far as their cost is bounded
 * by `pattern-cost.ts`. It reads no look-arounds, back-references, named groups, word boundaries, escapes by number, and no group that
 * is repeated.
 */
import { allBut, type CodePoints, codePoints } from './code-points.ts';

/** A part of a pattern. */
export type Part =
  /** One character of a set, so many times; `most` may be infinite. */
  | { readonly kind: 'repeat'; readonly set: CodePoints; readonly least: number; readonly most: number }
  /** One of several sequences. */
  | { readonly kind: 'choice'; readonly branches: readonly Sequence[] }
  /** The end of the text. */
  | { readonly kind: 'end' };

export type Sequence = readonly Part[];

/** A whole pattern: one of these has to match. */
export type Pattern = readonly {
  /** True if it has to match at the start of the text. */
  readonly isAtStart: boolean;
  readonly parts: Sequence;
}[];

/** Characters of a pattern that is read, and times that a part of it is repeated. */
const maxCharacters = 500;
const maxTimes = 1_000;

/** Reads a pattern; undefined: it is none, or has what is not read. */
export function readPattern(text: string): Pattern | undefined {
  if (text.length > maxCharacters) return undefined;
  try {
    return new PatternReader(text).read();
  } catch (error) {
    if (error instanceof NotRead) return undefined;
    throw error;
  }
}

/** The pattern has something that is not read. */
class NotRead extends Error {}

const digits: CodePoints = [[0x30, 0x39]];
const words = codePoints([...digits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]);
const spaces: CodePoints = [
  ...([
    [0x09, 0x0d],
    [0x20, 0x20],
    [0xa0, 0xa0],
    [0x1680, 0x1680],
    [0x2000, 0x200a],
  ] as const),
  ...([
    [0x2028, 0x2029],
    [0x202f, 0x202f],
    [0x205f, 0x205f],
    [0x3000, 0x3000],
    [0xfeff, 0xfeff],
  ] as const),
];
const lineEnds: CodePoints = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

/** Escapes that stand for several characters, and for one control character. */
const classes: ReadonlyMap<string, CodePoints> = new Map([
  ...([
    ['d', digits],
    ['w', words],
    ['s', spaces],
  ] as const),
  ...([
    ['D', allBut(digits)],
    ['W', allBut(words)],
    ['S', allBut(spaces)],
  ] as const),
]);
const controls: ReadonlyMap<string, number> = new Map([
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
]);

class PatternReader {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#characters = [...text];
  }

  read(): Pattern {
    const branches = [];
    do branches.push({ isAtStart: this.#skip('^'), parts: this.#sequence() });
    while (this.#skip('|'));
    if (this.#at < this.#characters.length) throw new NotRead();
    return branches;
  }

  get #next(): string | undefined {
    return this.#characters[this.#at];
  }

  #skip(character: string): boolean {
    if (this.#next !== character) return false;
    this.#at++;
    return true;
  }

  #take(): string {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new NotRead();
    return character;
  }

  #sequence(): Sequence {
    const parts: Part[] = [];
    while (this.#next !== undefined && this.#next !== '|' && this.#next !== ')') parts.push(this.#part());
    return parts;
  }

  #part(): Part {
    if (this.#skip('$')) return { kind: 'end' };
    if (this.#skip('(')) return this.#group();
    const set = this.#set();
    const [least, most] = this.#times();
    return { kind: 'repeat', set, least, most };
  }

  #group(): Part {
    // Other groups that begin so look around, or have names.
    if (this.#skip('?') && !this.#skip(':')) throw new NotRead();
    const branches: Sequence[] = [];
    do branches.push(this.#sequence());
    while (this.#skip('|'));
    if (!this.#skip(')')) throw new NotRead();
    const [least, most] = this.#times();
    if (most !== 1) throw new NotRead();
    return { kind: 'choice', branches: least === 0 ? [...branches, []] : branches };
  }

  #set(): CodePoints {
    const character = this.#take();
    switch (character) {
      case '.':
        return allBut(lineEnds);
      case '[':
        return this.#class();
      case '\\':
        return this.#escape();
      case '^':
      case '*':
      case '+':
      case '?':
      case '{':
      case '}':
      case ']':
        throw new NotRead();
      default:
        return single(character);
    }
  }

  #class(): CodePoints {
    const isNegated = this.#skip('^');
    const ranges: (readonly [number, number])[] = [];
    while (!this.#skip(']')) {
      const from = this.#member();
      const isRange = this.#next === '-' && this.#characters[this.#at + 1] !== ']';
      if (!isRange) {
        ranges.push(...from);
        continue;
      }
      this.#at++;
      const to = this.#member();
      ranges.push([oneOf(from), oneOf(to)]);
    }
    const set = codePoints(ranges);
    return isNegated ? allBut(set) : set;
  }

  #member(): CodePoints {
    const character = this.#take();
    if (character !== '\\') return single(character);
    return this.#skip('-') ? single('-') : this.#escape();
  }

  #escape(): CodePoints {
    const character = this.#take();
    const control = controls.get(character);
    if (control !== undefined) return [[control, control]];
    const set = classes.get(character);
    if (set) return set;
    if ('^$\\.*+?()[]{}|/'.includes(character)) return single(character);
    throw new NotRead();
  }

  /** A quantifier, greedy or lazy; once if there is none. */
  #times(): readonly [least: number, most: number] {
    const times = this.#quantifier();
    if (times === undefined) return [1, 1];
    this.#skip('?');
    return times;
  }

  #quantifier(): readonly [number, number] | undefined {
    if (this.#skip('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#skip('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#skip('?')) return [0, 1];
    if (!this.#skip('{')) return undefined;
    let text = '';
    while (!this.#skip('}')) text += this.#take();
    const [, least, comma, most] = /^(\d{1,4})(,?)(\d{0,4})$/.exec(text) ?? [];
    if (least === undefined || (comma === '' && most !== '')) throw new NotRead();
    const from = Number(least);
    const to = comma === '' ? from : most === '' ? Number.POSITIVE_INFINITY : Number(most);
    if (from > maxTimes || (Number.isFinite(to) && to > maxTimes)) throw new NotRead();
    return [from, to];
  }
}

function single(character: string): CodePoints {
  const code = character.codePointAt(0)!;
  return [[code, code]];
}

/** The one code point of a set. */
function oneOf(set: CodePoints): number {
  const [[first, last] = [0, 1], ...others] = set;
  if (first !== last || others.length > 0) throw new NotRead();
  return first;
}
