/** The format of a text, by its first characters and, where these leave a choice, by the name of its file. */

export type Format = 'JSON' | 'NDJSON' | 'CSV';

const byExtension: Readonly<Record<string, Format>> = {
  '.json': 'JSON',
  '.geojson': 'JSON',
  '.ndjson': 'NDJSON',
  '.jsonl': 'NDJSON',
  '.csv': 'CSV',
  '.tsv': 'CSV',
  '.tab': 'CSV',
};

/** An object or a list, and not a header such as `[id],[name]` or `{id}`. */
const startsAsJson = /^\s*(?:\{\s*(?:["}]|$)|\[\s*(?:[[{"\]\d-]|true\b|false\b|null\b|$))/;

export const lineEnd = /\r\n|\n|\r/;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export interface FormatFacts {
  /** First characters of the text. */
  readonly head: string;
  /** True if the head is all of it. */
  readonly isWhole: boolean;
  /** Ending of the file's name: `.csv`. */
  readonly extension: string;
}

/** Tells the format of a text. @throws Error it is markup */
export function findFormat({ head, isWhole, extension }: FormatFacts): Format {
  if (/^\s*<(?:[?]xml|!doctype|html)/i.test(head))
    throw new Error('it is HTML or XML: export its rows as CSV, JSON or NDJSON');
  const named = byExtension[extension];
  const lines = head.split(lineEnd);
  // The last line may go on where the head ends.
  const complete = (isWhole ? lines : lines.slice(0, -1)).filter((line) => line.trim() !== '');
  const [first = ''] = complete;
  if (startsAsJson.test(head)) {
    if (named === 'NDJSON') return named;
    return complete.length > 1 && isJson(first) ? 'NDJSON' : 'JSON';
  }
  // A header in quotes is JSON, too: only if all lines are, they are no CSV.
  return named ?? (complete.length > 0 && complete.every(isJson) ? 'NDJSON' : 'CSV');
}
