/** Cuts texts by the bytes that they take in UTF-8, since that is what messages and stored values are measured in. */
import { createHash } from 'node:crypto';

const ellipsis = '…';
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * Cuts a text between two characters as people see them: never inside a surrogate pair, an accent or a family of emoji.
 * @param maxBytes at least 3, the ellipsis that stands for what is missing
 */
export function cutText(text: string, maxBytes: number): string {
  // No UTF-16 code unit takes more than three bytes.
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  let room = maxBytes - Buffer.byteLength(ellipsis);
  let kept = '';
  // No more code units than bytes fit, so the rest of a long text need not be looked at.
  for (const { segment } of graphemes.segment(text.slice(0, maxBytes))) {
    room -= Buffer.byteLength(segment);
    if (room < 0) break;
    kept += segment;
  }
  return kept + ellipsis;
}

/** Cuts a text as `cutText` does, so that texts that differ still differ: what is cut ends with a digest of the whole. */
export function cutKey(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return `${cutText(text, maxBytes - digest.length - 1)} ${digest}`;
}
