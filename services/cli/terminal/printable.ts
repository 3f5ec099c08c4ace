/** Text of others on a terminal: shown, and never obeyed. */

/**
 * Control characters, marks that change the direction of writing or cannot be seen, and halves of surrogate pairs. The
 * joiners U+200C and U+200D stay: emoji and some scripts are written with them.
 */
const unprintable = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text whose control characters are spelt out, such as `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(unprintable, (char) => named[char] ?? `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

/** JSON that is printable, and the same JSON: what would command a terminal is escaped, as JSON can say it. Lines stay. */
export function printableJson(json: string): string {
  return json.replace(unprintable, (char) => (char === '\n' ? char : escapeJson(char)));
}

function escapeJson(char: string): string {
  const units = Array.from({ length: char.length }, (_, index) => char.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** Lines that are printable, each. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Characters that take two columns: those of East Asia, and emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;

function widthOf(grapheme: string): number {
  if (/^\p{M}+$/u.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}

/** Columns of the terminal that a text takes. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOf(segment);
  return width;
}

/** Cuts a text between two characters as people see them. @param columns of the terminal, for all that is left */
export function cutToWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = '';
  let room = columns - 1;
  for (const { segment } of graphemes.segment(text)) {
    room -= widthOf(segment);
    if (room < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Fills a text with spaces up to a width. */
export function padToWidth(text: string, columns: number, at: 'start' | 'end' = 'end'): string {
  const spaces = ' '.repeat(Math.max(0, columns - displayWidth(text)));
  return at === 'end' ? text + spaces : spaces + text;
}
