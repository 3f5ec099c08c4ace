/** A lease token names the session that it was given to, then something that cannot be guessed. */
export function leaseToken(sessionId: string, random: string): string {
  return `${sessionId}-${random}`;
}

/** The session that a token was given to. */
export function sessionOf(token: string): string {
  return token.slice(0, token.indexOf('-'));
}

/** Characters of a session's id: some that cannot be guessed, a mark of its process, and one of its namespace. */
const [ownLength, markLength] = [16, 8];

/**
 * The mark of the process that a session belongs to: sessions of one process die together. Undefined: the id has none,
 * so it is alone.
 */
export function processOf(sessionId: string): string | undefined {
  const hasMark = sessionId.length === ownLength + 2 * markLength;
  return hasMark ? sessionId.slice(ownLength, ownLength + markLength) : undefined;
}
