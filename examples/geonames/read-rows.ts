/** Reads a file of rows: a JSON array, NDJSON, or CSV with a header. */
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
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

function parseCsv(text: string): Row[] {
  const header = text.slice(0, text.indexOf('\n') + 1 || text.length);
  const count = (separator: string): number => header.split(separator).length;
  const separator = [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best));
  const [names = [], ...records] = parse(text, {
    delimiter: separator,
    record_delimiter: ['\r\n', '\n'],
    // Files that people make have records that are too short, and quotes in the middle of fields.
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  return records.map((record) => Object.fromEntries(names.map((name, index) => [name, record[index] ?? ''])));
}

/**
 * The rows of a file. What is not an object becomes one: `{ "value": … }`.
 * @throws the file is not there, or is none of the three formats; the message names the file
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
