/** Reads a file of rows in UTF-8: a JSON array, NDJSON, or CSV with a header. */
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse';
import type { Row } from './columns.ts';
import { parseExactly } from './exact-json.ts';

const byteOrderMark = '\uFEFF';
/** Bytes of a file that tell its format and its separator. */
const headBytes = 65_536;

function toRow(value: unknown): Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : { value };
}

async function readHead(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.toString('utf8', 0, bytesRead).replace(byteOrderMark, '');
  } finally {
    await handle.close();
  }
}

async function* readArray(file: string): AsyncGenerator<Row> {
  const text = (await readFile(file, 'utf8')).replace(byteOrderMark, '');
  yield* (parseExactly(text) as unknown[]).map(toRow);
}

async function* readLines(file: string): AsyncGenerator<Row> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number += 1;
    const text = line.replace(byteOrderMark, '').trim();
    if (text === '') continue;
    try {
      yield toRow(parseExactly(text));
    } catch (error) {
      throw new Error(`line ${number} is not JSON`, { cause: error });
    }
  }
}

async function* readCsv(file: string, head: string): AsyncGenerator<Row> {
  const header = head.slice(0, head.indexOf('\n') + 1 || head.length);
  const count = (separator: string): number => header.split(separator).length;
  const delimiter = [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best));
  const parser = parse({
    bom: true,
    delimiter,
    record_delimiter: ['\r\n', '\n'],
    // Files that people make have records that are too short, and quotes in the middle of fields.
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  const input = createReadStream(file).on('error', (error) => parser.destroy(error));
  let names: readonly string[] | undefined;
  for await (const record of input.pipe(parser) as AsyncIterable<string[]>) {
    if (names) yield Object.fromEntries(names.map((name, index) => [name, record[index] ?? '']));
    else names = record;
  }
}

/**
 * The rows of a file, one after the other; only a JSON array is read as a whole. What is not an object becomes one:
 * `{ "value": … }`. Numbers that a double does not hold as they are written are texts.
 * @throws Error the file is not there, or is none of the three formats; the message names the file
 */
export async function* readRows(file: string): AsyncGenerator<Row> {
  const head = await readHead(file);
  const first = head.trimStart()[0];
  try {
    if (first === '[') yield* readArray(file);
    else yield* first === '{' ? readLines(file) : readCsv(file, head);
  } catch (error) {
    throw new Error(`${file} is not a JSON array, NDJSON or CSV: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
