/** Characters of a message that its shape is made from, and characters that a shape has at most. */
const [readCharacters, shownCharacters] = [1_000, 300];

/** Texts in quotation marks, ids that are written in hexadecimal, and words with a digit in them. */
const changing = /"[^"]*"|'[^']*'|`[^`]*`|[\p{L}\p{N}_.:/-]*\p{N}[\p{L}\p{N}_.:/-]*/gu;

/** A message with `…` for what differs from one failure to the next of the same kind. */
export function shapeOf(message: string): string {
  const shape = message.slice(0, readCharacters).replace(changing, '…').replace(/\s+/g, ' ');
  return shape.length <= shownCharacters ? shape : `${shape.slice(0, shownCharacters - 1)}…`;
}
