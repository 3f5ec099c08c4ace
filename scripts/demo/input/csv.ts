/** CSV as people and programs make it: any of four separators, any line ends, records of any length. */
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { Row } from '../../../examples/geonames/columns.ts';
import { maxRowChars } from './max-row.ts';

const separators = [',', ';', '\t', '|'] as const;
/** Records that are looked at for the separator. */
const recordsSeen = 100;

export interface Dialect {
  readonly separator: string;
  readonly lineEnds: readonly string[];
  /** Characters in front of the header: a line such as `sep=;`. */
  readonly skipped: number;
}

type Counts = Record<string, number>;

/** Separators and line ends outside of quotes, record by record. */
function countSeparators(text: string, isWhole: boolean): { records: Counts[]; hasLineFeed: boolean } {
  const records: Counts[] = [];
  let counts: Counts = {};
  let hasLineFeed = false;
  let isQuoted = false;
  let isFieldStart = true;
  let isBlank = true;
  const endRecord = (): void => {
    if (!isBlank) records.push(counts);
    counts = {};
    isBlank = true;
  };
  for (const char of text) {
    if (isQuoted) {
      // A doubled quote closes and opens again.
      isQuoted = char !== '"';
      isFieldStart = char === '"';
      continue;
    }
    if (char === '\n' || char === '\r') {
      hasLineFeed ||= char === '\n';
      endRecord();
      isFieldStart = true;
      if (records.length === recordsSeen) return { records, hasLineFeed };
      continue;
    }
    isQuoted = char === '"' && isFieldStart;
    isBlank = false;
    isFieldStart = (separators as readonly string[]).includes(char);
    if (isFieldStart) counts[char] = (counts[char] ?? 0) + 1;
  }
  if (isWhole || records.length === 0) endRecord();
  return { records, hasLineFeed };
}

/** Tells separator and line ends: that separator of which most records have as many as the header. */
export function findDialect(head: string, isWhole: boolean): Dialect {
  const [declaration = '', declared] = /^"?sep=(.)"?(?:\r\n|\n|\r)/i.exec(head) ?? [];
  const text = head.slice(declaration.length);
  const { records, hasLineFeed } = countSeparators(text, isWhole);
  const [header = {}] = records;
  const inHeader = (separator: string): number => header[separator] ?? 0;
  const alike = (separator: string): number =>
    records.filter((counts) => (counts[separator] ?? 0) === inHeader(separator)).length;
  const [best = ','] = separators
    .filter((separator) => inHeader(separator) > 0)
    .sort((a, b) => alike(b) - alike(a) || inHeader(b) - inHeader(a));
  return {
    separator: declared ?? best,
    lineEnds: hasLineFeed ? ['\r\n', '\n'] : ['\r'],
    skipped: declaration.length,
  };
}

/** Names of columns, each given and each different: `column 2` for an empty one, `name (2)` for a second one. */
export function nameColumns(header: readonly string[]): string[] {
  const taken = new Set(header);
  const used = new Set<string>();
  return header.map((given, index) => {
    const name = given === '' ? `column ${index + 1}` : given;
    let unique = name;
    for (let number = 2; used.has(unique) || (unique !== given && taken.has(unique)); number++)
      unique = `${name} (${number})`;
    used.add(unique);
    return unique;
  });
}

async function* skipChars(texts: AsyncIterable<string>, count: number): AsyncGenerator<string> {
  let left = count;
  for await (const text of texts) {
    const rest = text.slice(left);
    left = Math.max(0, left - text.length);
    if (rest !== '') yield rest;
  }
}

/** Reads rows; what a record has beyond the header is in columns without a name. @throws Error a quote is not closed */
export async function* readCsv(texts: AsyncIterable<string>, dialect: Dialect): AsyncGenerator<Row> {
  const parser = parse({
    delimiter: dialect.separator,
    record_delimiter: [...dialect.lineEnds],
    max_record_size: maxRowChars,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  const source = Readable.from(skipChars(texts, dialect.skipped));
  source.on('error', (error) => parser.destroy(error)).pipe(parser);
  let header: string[] | undefined;
  let names: string[] = [];
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      if (!header) {
        header = record;
        names = nameColumns(header);
        continue;
      }
      if (record.length > names.length) {
        header = [...header, ...Array.from({ length: record.length - header.length }, () => '')];
        names = nameColumns(header);
      }
      yield Object.fromEntries(names.map((name, index) => [name, record[index] ?? '']));
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new Error(
      `it is no CSV with "${dialect.separator}" between fields (${error.message}): mend that place`,
      {
        cause: error,
      },
    );
  } finally {
    source.destroy();
  }
}
