import type { Template, TextPart } from '../graph/expression.ts';
import { elementPath, isJsonObject, memberPath, quoted } from '../json/json.ts';

/** An expression as it is written: names not yet looked up. */
export type Expression =
  | { readonly kind: 'outputs'; readonly identifier: string; readonly path: readonly string[] }
  | { readonly kind: 'store'; readonly key: string; readonly path: readonly string[] }
  | { readonly kind: 'trigger'; readonly path: readonly string[] }
  | { readonly kind: 'unite'; readonly path: readonly string[] };

/** An expression and the JSON path of the string that holds it. */
export interface Mention {
  readonly at: string;
  readonly expression: Expression;
}

/** First words of expressions that are no identifiers of nodes. */
export const reservedNames: readonly string[] = ['store', 'trigger', 'unite'];

/**
 * Finds the expressions in a JSON value, in time proportional to its size.
 *
 * An expression is `${{`, dotted names, `}}`; white space around the names does not matter. A name is made of
 * letters, digits, `_`, `-`, `@` and `$`. The text `${{` itself is written `${{ '${{' }}`: what stands in
 * single quotes is taken as it is (it can contain anything but a single quote).
 * @param onError is told the path of a string and what is wrong with it, once for each expression
 */
export function parseTemplate(
  value: unknown,
  at: string,
  onError: (at: string, message: string) => void,
): Template<Mention> {
  if (typeof value === 'string') {
    const parsed = parseText(value);
    for (const error of parsed.errors) onError(at, error);
    return simplified(parsed.parts, at);
  }
  if (Array.isArray(value)) {
    const items = value.map((item, index) => parseTemplate(item, elementPath(at, index), onError));
    return items.every(isConstant) ? { kind: 'constant', value } : { kind: 'list', items };
  }
  if (isJsonObject(value)) {
    const entries = Object.entries(value).map(
      ([key, member]) => [key, parseTemplate(member, memberPath(at, key), onError)] as const,
    );
    return entries.every(([, template]) => isConstant(template))
      ? { kind: 'constant', value }
      : { kind: 'record', entries };
  }
  return { kind: 'constant', value };
}

const opening = '${{';
const closing = '}}';
const maxExpression = 1024;
/** JSON is at most so deep: a longer path leads nowhere. */
const maxNames = 64;

type Part = TextPart<Expression>;
interface ParsedText {
  readonly parts: readonly Part[];
  readonly errors: readonly string[];
}

function parseText(text: string): ParsedText {
  const parts: Part[] = [];
  const errors: string[] = [];
  let end = 0;
  for (let start = text.indexOf(opening); start >= 0; start = text.indexOf(opening, end)) {
    if (start > end) parts.push({ kind: 'literal', text: text.slice(end, start) });
    const found = parseOne(text, start + opening.length);
    if ('part' in found) parts.push(found.part);
    else errors.push(found.error);
    // Behind what never closes nothing can be told apart.
    if (found.end === undefined) return { parts, errors };
    end = found.end;
  }
  if (end < text.length) parts.push({ kind: 'literal', text: text.slice(end) });
  return { parts, errors };
}

type ParsedOne =
  | { readonly part: Part; readonly end: number }
  | { readonly error: string; readonly end?: number };

/** Parses what follows an opening, up to and with its closing. */
function parseOne(text: string, start: number): ParsedOne {
  const quote = skipSpace(text, start);
  if (text[quote] === "'") {
    const unquote = text.indexOf("'", quote + 1);
    const close = skipSpace(text, unquote + 1);
    if (unquote < 0 || !text.startsWith(closing, close)) {
      return { error: `the quoted text after \${{ does not end with ' and }}: close it` };
    }
    return { part: { kind: 'literal', text: text.slice(quote + 1, unquote) }, end: close + closing.length };
  }
  const close = text.indexOf(closing, start);
  if (close < 0) {
    return {
      error: `an expression opens with \${{ and never closes: add }}, or write \${{ '\${{' }} for the text itself`,
    };
  }
  const end = close + closing.length;
  if (close - start > maxExpression) {
    return { error: `an expression is longer than ${maxExpression} characters: shorten it`, end };
  }
  const expression = parseNames(text.slice(start, close).trim());
  if (typeof expression === 'string') return { error: expression, end };
  return { part: { kind: 'hole', reference: expression }, end };
}

/** The expression, or what is wrong with it. */
function parseNames(body: string): Expression | string {
  if (body === '') return `an expression is empty: name an output, such as \${{ identifier.outputs.field }}`;
  const names = body.split('.');
  const odd = names.find((name) => !/^[\p{L}\p{N}_@$-]+$/u.test(name));
  if (odd === '') return `the expression ${quoted(body)} has an empty name: put one name between two dots`;
  if (odd !== undefined) {
    return `the expression ${quoted(body)} has a name ${quoted(odd)} with characters that names cannot have: use letters, digits, _, -, @ and $`;
  }
  if (names.length > maxNames)
    return `the expression ${quoted(body)} has more than ${maxNames} names: shorten it`;
  const [first = '', second, ...rest] = names;
  if (second === undefined) {
    return reservedNames.includes(first)
      ? `the expression ${quoted(body)} names no field: write ${first}.<name>`
      : `the expression ${quoted(body)} names no output: write ${first}.outputs.<field>`;
  }
  switch (first) {
    case 'store':
      return { kind: 'store', key: second, path: rest };
    case 'trigger':
      return { kind: 'trigger', path: [second, ...rest] };
    case 'unite':
      return { kind: 'unite', path: [second, ...rest] };
  }
  if (second !== 'outputs' || rest.length === 0) {
    return `the expression ${quoted(body)} names no output: write ${first}.outputs.<field>`;
  }
  return { kind: 'outputs', identifier: first, path: rest };
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (/^\s$/.test(text.charAt(at))) at++;
  return at;
}

function isConstant(template: Template<Mention>): boolean {
  return template.kind === 'constant';
}

/** A text as the simplest template that says the same. */
function simplified(parts: readonly Part[], at: string): Template<Mention> {
  const [only, ...others] = parts;
  if (only?.kind === 'hole' && others.length === 0) {
    return { kind: 'reference', reference: { at, expression: only.reference } };
  }
  if (parts.every((part) => part.kind === 'literal')) {
    return { kind: 'constant', value: parts.map((part) => part.text).join('') };
  }
  return {
    kind: 'text',
    parts: parts.map((part) =>
      part.kind === 'hole' ? { kind: 'hole', reference: { at, expression: part.reference } } : part,
    ),
  };
}
