/** A lease token names the session that it was given to, then something that cannot be guessed. */
export function leaseToken(sessionId: string, random: string): string {
  return `${sessionId}-${random}`;
}

/** The session that a token was given to. */
export function sessionOf(token: string): string {
  return token.slice(0, token.indexOf('-'));
}
