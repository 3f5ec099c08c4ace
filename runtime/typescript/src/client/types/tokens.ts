/** Tokens, as a client is told of them. `…At` are epoch milliseconds. */

/** Rights of a token: connecting as a runtime; graphs, runs and nodes; all that and tokens. */
export type Role = 'runtime' | 'client' | 'admin';

/** A token without its text. */
export interface Token {
  /** The id that `revokeToken` takes. */
  readonly id: string;
  /** The tenant that it is for. */
  readonly namespace: string;
  /** The calls that it allows. */
  readonly role: Role;
  /** The instant at which it was made. */
  readonly createdAt: number;
  /** Undefined: it lasts until it is revoked. */
  readonly expiresAt: number | undefined;
}

/** Options of a new token. */
export interface TokenOptions {
  /** The calls that it allows. */
  readonly role: Role;
  /** Time until it expires, milliseconds; it lasts until it is revoked if absent. */
  readonly ttlMs?: number | undefined;
}

/** A token that was just made. */
export interface NewToken {
  /** Everything but its text. */
  readonly token: Token;
  /** Its text, which cannot be read again: what clients and runtimes are given as `token`. */
  readonly bearer: string;
}
