/** The user's file as one that nodes in any language read alike: NDJSON in UTF-8, with the columns that they need. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ColumnSurvey, type Columns, type Row, textOf } from '../../../examples/geonames/columns.ts';
import { cutKey, cutText } from '../../../examples/geonames/cut-text.ts';
import { keyBytes, labelBytes } from '../../../examples/geonames/summary.ts';
import { nameColumns } from './csv.ts';
import { findSource, openInput } from './open-input.ts';
import { openTable, type Table, type TableOptions } from './open-table.ts';

export interface InputOptions extends TableOptions {
  /** A path, or `-` for standard input. */
  readonly source: string;
  /** The column that groups the rows; one is chosen if absent. */
  readonly by?: string | undefined;
  /** Folder for what is written; the caller removes it. */
  readonly folder: string;
}

export interface PreparedInput {
  /** Path of the rows, as NDJSON. */
  readonly file: string;
  /** The column of these rows that groups them; undefined: they are one group. */
  readonly by: string | undefined;
  /** Words that tell how the file was understood. */
  readonly description: string;
}

const columnBytes = 60;
const rowsAtOnce = 500;

/** Lone halves of surrogate pairs are no text in UTF-8. */
function mend(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}

/** Columns of the rows that are written: names as short as what is shown of them, each once. */
function shorten({
  by,
  label,
  numbers,
}: Columns): { readonly name: string; readonly short: string; cut(text: string): string }[] {
  const columns = [
    ...(by === null ? [] : [{ name: by, cut: (text: string) => cutKey(text, keyBytes) }]),
    ...(label === null ? [] : [{ name: label, cut: (text: string) => cutText(text, labelBytes) }]),
    ...numbers.map((name) => ({ name, cut: (text: string) => text })),
  ];
  const shorts = nameColumns(columns.map(({ name }) => cutText(mend(name), columnBytes)));
  return columns.map(({ name, cut }, index) => ({ name, short: shorts[index]!, cut }));
}

async function* writeLines(
  rows: AsyncIterable<Row>,
  columns: ReturnType<typeof shorten>,
): AsyncGenerator<string> {
  let lines: string[] = [];
  for await (const row of rows) {
    const cells = columns.map(({ name, short, cut }) => [short, cut(mend(textOf(row, name)))]);
    lines.push(`${JSON.stringify(Object.fromEntries(cells))}\n`);
    if (lines.length < rowsAtOnce) continue;
    yield lines.join('');
    lines = [];
  }
  yield lines.join('');
}

async function survey(table: Table): Promise<ColumnSurvey> {
  const facts = new ColumnSurvey();
  for await (const row of table.rows()) facts.add(row);
  if (facts.rows === 0) throw new Error(`there are no rows in it, ${table.emptyWords}: give one with rows`);
  return facts;
}

/**
 * Reads a file, twice and in bounded memory, and writes what the nodes need of it.
 * @throws Error it cannot be understood: a sentence that names the file, what is wrong, and what to do
 */
export async function prepareInput({ source, by, folder, ...options }: InputOptions): Promise<PreparedInput> {
  await mkdir(folder, { recursive: true });
  const found = await findSource(source, folder);
  try {
    const input = await openInput(found);
    const table = await openTable(input, options);
    const facts = await survey(table);
    const columns = facts.columns(by);
    const shortened = shorten(columns);
    const file = join(folder, 'rows.ndjson');
    await pipeline(writeLines(table.rows(), shortened), createWriteStream(file));
    const rows = facts.rows === 1 ? '1 row' : `${facts.rows} rows`;
    const grouped = columns.by === null ? 'in one group' : `grouped by ${cutText(columns.by, columnBytes)}`;
    return {
      file,
      by: columns.by === null ? undefined : shortened[0]!.short,
      description: `${found.name}: ${table.description}, ${rows}, ${grouped}`,
    };
  } catch (error) {
    // A mistake of ours keeps its stack.
    if (error instanceof TypeError || error instanceof ReferenceError) throw error;
    throw new Error(`${found.name}: ${(error as Error).message}`, { cause: error });
  }
}
