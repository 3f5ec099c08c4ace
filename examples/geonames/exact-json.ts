/** JSON whose numbers stay as they are written. */

/** Strings, which are left alone, and numbers. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;
/** Texts that may have a number that a double does not hold as it is written: many digits, an exponent, a last or lone zero. */
const suspects = /[\d.]{16}|\d[eE]|\.\d*0(?!\d)|-0/;

function keepNumber(token: string): string {
  return token.startsWith('"') || String(Number(token)) === token ? token : `"${token}"`;
}

/**
 * Parses JSON; a number that would not be the same again, such as an id of 20 digits, `1e400` or `1.50`, becomes a text.
 * @throws SyntaxError it is no JSON
 */
export function parseExactly(text: string): unknown {
  return JSON.parse(suspects.test(text) ? text.replace(tokens, keepNumber) : text);
}
