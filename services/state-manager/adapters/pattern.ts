/**
 * Patterns of schemas (ECMAScript, with the flag `u`), as far as `pattern-cost.ts` bounds their cost. Look-arounds, back-references,
 * word boundaries, groups that are repeated or have modifiers, and properties of Unicode are not read.
 */
import { type AST, RegExpParser, RegExpSyntaxError } from '@eslint-community/regexpp';
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

/** Escapes that stand for several characters. */
const escapes = { digit: digits, word: words, space: spaces };

const parser = new RegExpParser();

/** Reads a pattern; undefined: it is none, or has what is not read. */
export function readPattern(text: string): Pattern | undefined {
  if (text.length > maxCharacters) return undefined;
  try {
    const { alternatives } = parser.parsePattern(text, 0, text.length, { unicode: true });
    return alternatives.map(({ elements }) => {
      const isAtStart = elements[0]?.type === 'Assertion' && elements[0].kind === 'start';
      return { isAtStart, parts: elements.slice(isAtStart ? 1 : 0).map(partOf) };
    });
  } catch (error) {
    if (error instanceof NotRead || error instanceof RegExpSyntaxError) return undefined;
    throw error;
  }
}

/** The pattern has something that is not read. */
class NotRead extends Error {}

function partOf(element: AST.Element): Part {
  switch (element.type) {
    case 'Assertion':
      if (element.kind !== 'end') throw new NotRead();
      return { kind: 'end' };
    case 'Group':
    case 'CapturingGroup':
      return { kind: 'choice', branches: branchesOf(element) };
    case 'Quantifier':
      return quantified(element);
    default:
      return { kind: 'repeat', set: setOf(element), least: 1, most: 1 };
  }
}

function branchesOf(group: AST.Group | AST.CapturingGroup): Sequence[] {
  // Modifiers change what the characters of a group stand for.
  if (group.type === 'Group' && group.modifiers) throw new NotRead();
  return group.alternatives.map(({ elements }) => elements.map(partOf));
}

function quantified({ element, min, max }: AST.Quantifier): Part {
  if (element.type === 'Group' || element.type === 'CapturingGroup') {
    if (max !== 1) throw new NotRead();
    const branches = branchesOf(element);
    return { kind: 'choice', branches: min === 0 ? [...branches, []] : branches };
  }
  if (min > maxTimes || (Number.isFinite(max) && max > maxTimes)) throw new NotRead();
  return { kind: 'repeat', set: setOf(element), least: min, most: max };
}

function setOf(element: AST.QuantifiableElement | AST.CharacterClassElement): CodePoints {
  switch (element.type) {
    case 'Character':
      return [[element.value, element.value]];
    case 'CharacterClassRange':
      return [[element.min.value, element.max.value]];
    case 'CharacterClass':
      return negatedIf(element.negate, codePoints(element.elements.flatMap(setOf)));
    case 'CharacterSet':
      if (element.kind === 'property') throw new NotRead();
      if (element.kind === 'any') return allBut(lineEnds);
      return negatedIf(element.negate, escapes[element.kind]);
    default:
      throw new NotRead();
  }
}

function negatedIf(isNegated: boolean, set: CodePoints): CodePoints {
  return isNegated ? allBut(set) : set;
}
