/** Text of a file: what its bytes mean is known, or refused, and never guessed. */
import type { Input } from './open-input.ts';

const marks: readonly { readonly encoding: string; readonly bytes: readonly number[] }[] = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
];

/** Share of NULs among the high bytes, above which a text is taken for UTF-16: most of it is Latin. */
const telling = 0.5;

/** UTF-16 without a mark, by the high bytes of Latin text, which are NUL. @throws Error the NULs tell nothing */
function findUtf16({ head }: Input): string | undefined {
  const counts: [number, number] = [0, 0];
  for (let at = head.indexOf(0); at >= 0; at = head.indexOf(0, at + 1)) counts[at % 2 === 0 ? 0 : 1] += 1;
  const [even, odd] = counts;
  if (even + odd === 0) return undefined;
  const least = (head.length / 2) * telling;
  if (odd > least && even * 20 < odd) return 'utf-16le';
  if (even > least && odd * 20 < even) return 'utf-16be';
  throw new Error(
    'it has NUL bytes: it is no text, or one in an encoding that you have to name, such as --encoding utf-16le',
  );
}

/**
 * The encoding of a file: that of its byte order mark, or the given one, or UTF-16 by its NULs, or UTF-8.
 * @throws Error an encoding is unknown, or the file is no text
 */
export function findEncoding(input: Input, given?: string): string {
  const marked = marks.find(({ bytes }) => bytes.every((byte, at) => input.head[at] === byte));
  if (marked) return marked.encoding;
  if (given === undefined) return findUtf16(input) ?? 'utf-8';
  try {
    return new TextDecoder(given).encoding;
  } catch (error) {
    throw new Error(
      `--encoding ${given} is not known: name one such as windows-1252, iso-8859-2, utf-16le, shift_jis or gb18030`,
      { cause: error },
    );
  }
}

/** First characters of a file, without one that the end of the head cuts. */
export function decodeHead({ head, isWhole }: Input, encoding: string): string {
  return new TextDecoder(encoding).decode(head, { stream: !isWhole });
}

const countLines = (text: string): number => text.split('\n').length - 1;

/** Decodes a file, piece by piece. @throws Error a byte has no meaning in the encoding, or the text has a NUL */
export async function* decode({ read }: Input, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let line = 1;
  const decodePiece = (bytes?: Buffer): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch (error) {
      // The line, to the piece: where the first replacement character is.
      const [before = ''] = new TextDecoder(encoding).decode(bytes).split('\uFFFD');
      const words = encoding.toUpperCase();
      throw new Error(
        `line ${line + countLines(before)} is not ${words}: name the encoding, such as --encoding windows-1252, or save it as UTF-8`,
        { cause: error },
      );
    }
  };
  const check = (text: string): string => {
    const nul = text.indexOf('\0');
    if (nul >= 0)
      throw new Error(
        `line ${line + countLines(text.slice(0, nul))} has a NUL: it is no text, or in another --encoding than ${encoding.toUpperCase()}`,
      );
    line += countLines(text);
    return text;
  };
  for await (const bytes of read()) yield check(decodePiece(bytes));
  const rest = decodePiece();
  if (rest !== '') yield check(rest);
}
