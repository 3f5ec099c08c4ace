/** Rows of the user's file, whatever its encoding and format. */
import type { Row } from '../../../examples/geonames/columns.ts';
import { findDialect, readCsv } from './csv.ts';
import { decode, decodeHead, findEncoding } from './encoding.ts';
import { findFormat } from './format.ts';
import { openDocument, readLines } from './json.ts';
import type { Input } from './open-input.ts';

export interface TableOptions {
  /** Encoding of a text without a byte order mark, as `TextDecoder` names it; UTF-8, or UTF-16 by its NULs, if absent. */
  readonly encoding?: string | undefined;
  /** Path of the list whose elements are the rows, in a JSON document that is an object. */
  readonly list?: string | undefined;
}

export interface Table {
  /** Words that tell how the file was understood. */
  readonly description: string;
  /** Words for a file without rows: what it has instead. */
  readonly emptyWords: string;
  /** Reads the rows from the first; any number of times. */
  rows(): AsyncIterable<Row>;
}

const separatorNames: Readonly<Record<string, string>> = { '\t': 'tabs' };

/** @throws Error it cannot be understood; the message goes on from the file's name */
export async function openTable(
  input: Input,
  { encoding: given, list: wanted }: TableOptions,
): Promise<Table> {
  const encoding = findEncoding(input, given);
  const head = decodeHead(input, encoding);
  const format = findFormat({ head, isWhole: input.isWhole, extension: input.extension });
  const texts = (): AsyncIterable<string> => decode(input, encoding);
  const words = `${encoding.toUpperCase()}${input.isGzip ? ' in gzip' : ''}`;
  if (wanted !== undefined && format !== 'JSON')
    throw new Error(`--list is for a JSON document, and this is ${format}: leave it out`);
  switch (format) {
    case 'CSV': {
      const dialect = findDialect(head, input.isWhole);
      const separator = separatorNames[dialect.separator] ?? `"${dialect.separator}"`;
      return {
        description: `CSV with ${separator} between fields, ${words}`,
        emptyWords: 'only a header',
        rows: () => readCsv(texts(), dialect),
      };
    }
    case 'NDJSON':
      return {
        description: `NDJSON, ${words}`,
        emptyWords: 'only empty lines',
        rows: () => readLines(texts()),
      };
    case 'JSON': {
      const { list, rows } = await openDocument(texts, wanted);
      const place = list === undefined ? ' of one object' : list === '' ? '' : `, its list ${list}`;
      return { description: `JSON${place}, ${words}`, emptyWords: 'only an empty list', rows };
    }
  }
}
