/** Limits lists by the bytes that their elements take as JSON. */

/**
 * Bytes of elements in one output: half of what it may have. Another runtime may write JSON with spaces, or the rest
 * of the output takes some.
 */
const maxBytes = 500_000;

export function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** The first elements of a list: at most `most`, and as many as fit into an output. */
export function firstThatFit<T>(values: readonly T[], most: number): T[] {
  let room = maxBytes;
  const end = values.slice(0, most).findIndex((value) => {
    room -= bytesOf(value);
    return room < 0;
  });
  return values.slice(0, end < 0 ? most : end);
}

/**
 * Lists of at most `size` elements each, in their order.
 * @param measure the bytes that an element comes to, here or in what is made of it
 */
export async function* chunksOf<T>(
  values: AsyncIterable<T>,
  size: number,
  measure: (value: T) => number,
): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  let bytes = 0;
  for await (const value of values) {
    const added = measure(value);
    if (chunk.length === size || (chunk.length > 0 && bytes + added > maxBytes)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(value);
    bytes += added;
  }
  if (chunk.length > 0) yield chunk;
}
