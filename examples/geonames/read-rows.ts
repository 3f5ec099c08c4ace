/** Reads a file of rows: a JSON array, NDJSON, or CSV with a header. */
import { readFile } from 'node:fs/promises';
import type { Row } from './summary.ts';

function toRow(value: unknown): Row {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
  return { value };
}

function parseLines(text: string): Row[] {
  const rows: Row[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      rows.push(toRow(JSON.parse(line)));
    } catch (error) {
      throw new Error(`line ${index + 1} is not JSON`, { cause: error });
    }
  }
  return rows;
}

/** The fields of each record, as RFC 4180 has them: quoted ones may have separators and line ends in them. */
function* parseRecords(text: string, separator: string): Generator<string[]> {
  let record: string[] = [];
  let at = 0;
  while (at < text.length) {
    let field = '';
    if (text[at] === '"') {
      for (at += 1; ; at += 2) {
        const quote = text.indexOf('"', at);
        if (quote === -1) throw new Error('a quoted field has no end');
        field += text.slice(at, quote);
        at = quote;
        if (text[at + 1] !== '"') break;
        field += '"';
      }
      at += 1;
    }
    const start = at;
    while (at < text.length && text[at] !== separator && text[at] !== '\n') at += 1;
    record.push(field + text.slice(start, at).replace(/\r$/, ''));
    if (text[at] === separator) {
      at += 1;
      if (at < text.length) continue;
      record.push('');
    }
    at += 1;
    if (record.length > 1 || record[0] !== '') yield record;
    record = [];
  }
}

function parseCsv(text: string): Row[] {
  const header = text.slice(0, text.indexOf('\n') + 1 || text.length);
  const count = (separator: string): number => header.split(separator).length;
  const separator = [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best));
  const [names = [], ...records] = parseRecords(text, separator);
  return records.map((record) => Object.fromEntries(names.map((name, index) => [name, record[index] ?? ''])));
}

/**
 * The rows of a file. What is not an object becomes one: `{ "value": … }`.
 * @throws Error the file is not there, or is none of the three formats; the message names the file.
 */
export async function readRows(file: string): Promise<Row[]> {
  const text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  try {
    const first = text.trimStart()[0];
    if (first === '[') return (JSON.parse(text) as unknown[]).map(toRow);
    return first === '{' ? parseLines(text) : parseCsv(text);
  } catch (error) {
    throw new Error(`${file} is not a JSON array, NDJSON or CSV: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
