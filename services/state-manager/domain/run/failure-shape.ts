/** Characters of a message that its shape is made from, and characters that a shape has at most. */
const [readCharacters, shownCharacters] = [1_000, 300];

/** Texts in quotation marks, and words: whether there is a digit in one is asked later, so that this takes linear time. */
const parts = /"[^"]*"|'[^']*'|`[^`]*`|[\p{L}\p{N}_.:/-]+/gu;
const changing = /^["'`]|\p{N}/u;

/** A message with `…` for what differs from one failure to the next of the same kind. */
export function shapeOf(message: string): string {
  const shape = message
    .slice(0, readCharacters)
    .replace(parts, (part) => (changing.test(part) ? '…' : part))
    .replace(/\s+/g, ' ');
  return shape.length <= shownCharacters ? shape : `${shape.slice(0, shownCharacters - 1)}…`;
}
