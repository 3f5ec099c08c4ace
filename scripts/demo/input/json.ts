/** JSON as rows: a document with a list in it, or a value in each line. */
import { listNames, type Row } from '../../../examples/geonames/columns.ts';
import { parseExactly } from '../../../examples/geonames/exact-json.ts';
import { lineEnd } from './format.ts';
import { ListScanner } from './list-scanner.ts';
import { maxRowChars } from './max-row.ts';

/** Objects in objects that become columns of their own, `properties.name`; what is deeper stays JSON. */
const maxDepth = 16;

function addColumns(row: Map<string, unknown>, prefix: string, value: object, depth: number): void {
  for (const [key, part] of Object.entries(value)) {
    const name = prefix + (key === '' ? '(no name)' : key);
    if (typeof part === 'object' && part !== null && !Array.isArray(part) && depth < maxDepth) {
      addColumns(row, `${name}.`, part, depth + 1);
      continue;
    }
    let unique = name;
    for (let number = 2; row.has(unique); number++) unique = `${name} (${number})`;
    row.set(unique, part);
  }
}

/** A value as a row: objects in it are columns such as `properties.name`, and what is no object is one `value`. */
function toRow(value: unknown): Row {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { value };
  const row = new Map<string, unknown>();
  addColumns(row, '', value, 1);
  return Object.fromEntries(row);
}

function parse(text: string, place: string): unknown {
  try {
    return parseExactly(text);
  } catch (error) {
    throw new Error(`${place} is not JSON (${(error as Error).message}): mend it, or give CSV`, {
      cause: error,
    });
  }
}

async function* splitLines(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of texts) {
    const lines = (rest + text).split(lineEnd);
    rest = lines.pop() ?? '';
    if (rest.length > maxRowChars) throw new Error(`a line has more than ${maxRowChars} characters`);
    yield* lines;
  }
  yield rest;
}

/** Rows of NDJSON. @throws Error a line is not JSON; the message names it */
export async function* readLines(texts: AsyncIterable<string>): AsyncGenerator<Row> {
  let number = 0;
  for await (const line of splitLines(texts)) {
    number += 1;
    if (line.trim() !== '') yield toRow(parse(line, `line ${number}`));
  }
}

interface ListFacts {
  readonly path: string;
  /** Elements. */
  readonly count: number;
  /** True if its first element is an object. */
  readonly hasObjects: boolean;
}

interface DocumentFacts {
  readonly lists: readonly ListFacts[];
  /** All of the document but the elements of its lists. */
  readonly skeleton: unknown;
}

async function surveyDocument(texts: AsyncIterable<string>): Promise<DocumentFacts> {
  const scanner = new ListScanner();
  const lists = new Map<string, ListFacts>();
  for await (const text of texts) {
    for (const element of scanner.read(text)) {
      const { count = 0, hasObjects = element.text.trimStart().startsWith('{') } =
        lists.get(element.path) ?? {};
      lists.set(element.path, { path: element.path, count: count + 1, hasObjects });
    }
  }
  return { lists: [...lists.values()], skeleton: parse(scanner.skeleton, 'the document') };
}

const describeLists = (lists: readonly ListFacts[]): string =>
  listNames(lists.map(({ path, count }) => `${path} (${count})`));

/**
 * Chooses the list whose elements are rows.
 * @param wanted its path, as the user gives it
 * @returns undefined: the document is one row
 * @throws Error there is no such list, or several that it could be
 */
function chooseList({ lists, skeleton }: DocumentFacts, wanted: string | undefined): string | undefined {
  if (Array.isArray(skeleton)) return '';
  if (wanted !== undefined) {
    if (lists.some(({ path }) => path === wanted)) return wanted;
    const words = lists.length === 0 ? 'has no lists' : `has these lists: ${describeLists(lists)}`;
    throw new Error(`there is no list "${wanted}" with elements: the document ${words}`);
  }
  const [only, ...others] = lists.filter(({ hasObjects }) => hasObjects);
  if (only && others.length === 0) return only.path;
  if (only)
    throw new Error(
      `it is one object with several lists: choose one with --list, of ${describeLists([only, ...others])}`,
    );
  if (lists.length > 0)
    throw new Error(
      `it is one object without a list of objects: choose a list with --list, of ${describeLists(lists)}`,
    );
  return undefined;
}

/** Rows of a JSON document, and the list that they are from. */
export interface DocumentRows {
  /** Keys that lead to the list, joined by dots; empty: the document is the list; undefined: it is one row. */
  readonly list: string | undefined;
  rows(): AsyncGenerator<Row>;
}

/**
 * Finds the rows of a JSON document: the elements of the list that it is, or of the one list of objects in it.
 * @param read reads the text, each time from its beginning
 * @throws Error it is not JSON, or it is not clear which list is meant
 */
export async function openDocument(
  read: () => AsyncIterable<string>,
  wanted?: string,
): Promise<DocumentRows> {
  const facts = await surveyDocument(read());
  const list = chooseList(facts, wanted);
  const rows = async function* (): AsyncGenerator<Row> {
    if (list === undefined) {
      yield toRow(facts.skeleton);
      return;
    }
    const scanner = new ListScanner();
    let number = 0;
    for await (const text of read()) {
      for (const element of scanner.read(text)) {
        if (element.path === list) yield toRow(parse(element.text, `element ${++number}`));
      }
    }
  };
  return { list, rows };
}
