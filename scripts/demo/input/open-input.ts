/** The user's file: there, readable, unpacked, and of a kind that can have rows. */
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { isGzip, refuseSignature } from './signatures.ts';

/** Enough to tell format, encoding and separator; a line of NDJSON is rarely longer. */
const headBytes = 1_048_576;

export interface Source {
  /** Words for messages: the path as it is given, or `standard input`. */
  readonly name: string;
  /** A path that can be read again and again. */
  readonly path: string;
}

export interface Input {
  /** Ending of the file's name, without that of gzip: `.csv`; empty: it has none. */
  readonly extension: string;
  readonly isGzip: boolean;
  /** First bytes of the content, unpacked. */
  readonly head: Buffer;
  /** True if the head is all that there is. */
  readonly isWhole: boolean;
  /** Reads the content from its beginning, unpacked; any number of times. */
  read(): AsyncIterable<Buffer>;
}

const formats = 'a JSON array, NDJSON or CSV';

async function* readBytes(path: string, isPacked: boolean): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: 262_144 });
  if (!isPacked) {
    yield* file;
    return;
  }
  const gunzip = createGunzip({ chunkSize: 262_144 });
  file.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
  try {
    yield* gunzip;
  } finally {
    file.destroy();
  }
}

async function readHead(bytes: AsyncIterable<Buffer>): Promise<{ head: Buffer; isWhole: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > headBytes) break;
  }
  return { head: Buffer.concat(chunks).subarray(0, headBytes), isWhole: length <= headBytes };
}

/** The file's facts. @throws Error it is not there, is a folder, or may not be read */
async function examine(path: string): Promise<Stats> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw new Error(`${path} is a folder: give --input a file in it`);
    // To open a pipe is to wait for who writes into it.
    if (facts.isFile()) await (await open(path)).close();
    return facts;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new Error(`there is no file ${path}: give --input the path of ${formats}`, { cause: error });
    if (code === 'EACCES')
      throw new Error(`${path} may not be read by you: give it the permission, as with chmod +r`, {
        cause: error,
      });
    throw error;
  }
}

/** Stores what can be read only once. @returns the path of the copy */
async function copy(stream: NodeJS.ReadableStream, folder: string): Promise<string> {
  const path = join(folder, 'input');
  await pipeline(stream, createWriteStream(path));
  return path;
}

/**
 * Finds the user's file.
 * @param source a path, or `-` for standard input
 * @param folder for a copy of what comes through a pipe
 * @throws Error there is none, or it may not be read; the message names it
 */
export async function findSource(source: string, folder: string): Promise<Source> {
  if (source === '-') {
    if (process.stdin.isTTY)
      throw new Error('--input - reads from a pipe, as in: cat FILE | npm run demo -- --input -');
    return { name: 'standard input', path: await copy(process.stdin, folder) };
  }
  const facts = await examine(source);
  if (facts.isFIFO()) return { name: source, path: await copy(createReadStream(source), folder) };
  if (!facts.isFile()) throw new Error(`${source} is no file: give --input the path of ${formats}`);
  return { name: source, path: source };
}

/** Opens a file. @throws Error it is damaged, or of a kind without rows; the message goes on from its name */
export async function openInput({ name, path }: Source): Promise<Input> {
  const packed = await readHead(readBytes(path, false));
  const isPacked = isGzip(packed.head);
  const read = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* readBytes(path, isPacked);
    } catch (error) {
      if (!isPacked) throw error;
      throw new Error(`the gzip is damaged (${(error as Error).message}): fetch it or make it again`, {
        cause: error,
      });
    }
  };
  const { head, isWhole } = isPacked ? await readHead(read()) : packed;
  if (head.length === 0) throw new Error(`it is empty: give --input ${formats}`);
  const refusal = refuseSignature(head);
  if (refusal) throw new Error(isPacked ? `what is in the gzip ${refusal}` : `it ${refusal}`);
  const [extension = ''] = /\.[a-z]+$/i.exec(basename(name).replace(/\.gz$/i, '')) ?? [];
  return { extension: extension.toLowerCase(), isGzip: isPacked, head, isWhole, read };
}
