/** Kinds of files that are no rows in text, by the bytes that they begin with. */

interface Signature {
  readonly kind: string;
  readonly bytes: string;
  /** Bytes in front of them; none if absent. */
  readonly offset?: number;
  /** Words that tell what to do instead. */
  readonly remedy: string;
}

const unpack = (command: string): string => `unpack it first, as with ${command}`;
const exportTable = 'export its rows as CSV or NDJSON';
const notRows = 'it has no rows: give a JSON array, NDJSON or CSV';

/** Signatures as Latin-1: a character is a byte. */
const signatures: readonly Signature[] = [
  { kind: 'a Zstandard archive', bytes: '\x28\xb5\x2f\xfd', remedy: unpack('unzstd') },
  { kind: 'a bzip2 archive', bytes: 'BZh', remedy: unpack('bunzip2') },
  { kind: 'an xz archive', bytes: '\xfd7zXZ\0', remedy: unpack('unxz') },
  { kind: 'a 7-Zip archive', bytes: '7z\xbc\xaf\x27\x1c', remedy: unpack('7z x') },
  { kind: 'a RAR archive', bytes: 'Rar!\x1a\x07', remedy: unpack('unrar') },
  { kind: 'an LZ4 archive', bytes: '\x04\x22\x4d\x18', remedy: unpack('unlz4') },
  {
    kind: 'a tar archive',
    bytes: 'ustar',
    offset: 257,
    remedy: `${unpack('tar -x')}, and give one file of it`,
  },
  { kind: 'a Parquet file', bytes: 'PAR1', remedy: exportTable },
  { kind: 'an Arrow file', bytes: 'ARROW1', remedy: exportTable },
  { kind: 'an Avro file', bytes: 'Obj\x01', remedy: exportTable },
  { kind: 'an ORC file', bytes: 'ORC', remedy: exportTable },
  { kind: 'a SQLite database', bytes: 'SQLite format 3\0', remedy: 'export a table as CSV' },
  { kind: 'an HDF5 file', bytes: '\x89HDF\r\n\x1a\n', remedy: exportTable },
  {
    kind: 'an old Office file, such as xls',
    bytes: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
    remedy: 'save the sheet as CSV',
  },
  { kind: 'a PDF', bytes: '%PDF-', remedy: notRows },
  { kind: 'a PNG image', bytes: '\x89PNG\r\n\x1a\n', remedy: notRows },
  { kind: 'a JPEG image', bytes: '\xff\xd8\xff', remedy: notRows },
  { kind: 'a GIF image', bytes: 'GIF8', remedy: notRows },
  { kind: 'a program', bytes: '\x7fELF', remedy: notRows },
  { kind: 'text in UTF-32', bytes: '\xff\xfe\0\0', remedy: 'save it as UTF-8' },
  { kind: 'text in UTF-32', bytes: '\0\0\xfe\xff', remedy: 'save it as UTF-8' },
];

/** First bytes of a zip archive, and of one without files. */
const zipStarts = ['PK\x03\x04', 'PK\x05\x06'];

/** Kinds of zip archives, by the name of a file in them. */
const zips: readonly { readonly part: string; readonly kind: string; readonly remedy: string }[] = [
  { part: 'xl/', kind: 'an Excel workbook', remedy: 'save the sheet as CSV' },
  { part: '[Content_Types].xml', kind: 'an Office file', remedy: 'save what is a table in it as CSV' },
  { part: 'opendocument.spreadsheet', kind: 'an OpenDocument sheet', remedy: 'save the sheet as CSV' },
];

/** Words that say what a file is and what to do; undefined: it may be text. @param head its first bytes */
export function refuseSignature(head: Buffer): string | undefined {
  const text = head.toString('latin1');
  if (zipStarts.some((start) => text.startsWith(start))) {
    const { kind, remedy } = zips.find(({ part }) => text.includes(part)) ?? {
      kind: 'a zip archive',
      remedy: `${unpack('unzip')}, and give one file of it`,
    };
    return `is ${kind}: ${remedy}`;
  }
  const found = signatures.find(({ bytes, offset = 0 }) => text.startsWith(bytes, offset));
  return found && `is ${found.kind}: ${found.remedy}`;
}

/** True of what gzip has made. */
export function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}
