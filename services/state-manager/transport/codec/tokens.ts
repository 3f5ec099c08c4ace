import type * as wire from '@fanout/proto';
import type { Page } from '../../domain/model/page.ts';
import type { Role, Token } from '../../domain/model/token.ts';
import { invalid, readAll, readId } from './fields.ts';
import { readRole, roleNames } from './statuses.ts';
import { fromDuration, toTimestamp } from './time.ts';

/** Ten years: longer is a mistake, and what lasts until revoked has no ttl. */
const maxTtlMs = 10 * 365 * 24 * 3_600_000;

export function decodeCreateToken(request: wire.CreateTokenRequest__Output): {
  role: Role;
  ttlMs: number | undefined;
} {
  return readAll({ role: () => readRole(request.role), ttlMs: () => readTtl(request.ttl) });
}

function readTtl(ttl: wire.CreateTokenRequest__Output['ttl']): number | undefined {
  if (ttl === undefined) return undefined;
  const ttlMs = fromDuration(ttl);
  if (ttlMs >= 1 && ttlMs <= maxTtlMs) return ttlMs;
  throw invalid(
    'ttl',
    'must be from 1 ms to 10 years; leave it out for a token that lasts until it is revoked',
  );
}

export function decodeTokenId(request: wire.RevokeTokenRequest__Output): string {
  return readId('token_id', request.tokenId);
}

export function encodeToken(token: Token): wire.Token {
  return {
    tokenId: token.tokenId,
    namespace: token.namespace,
    role: roleNames[token.role],
    createTime: toTimestamp(token.createdAt),
    expireTime: token.expiresAt === undefined ? null : toTimestamp(token.expiresAt),
  };
}

export function encodeCreatedToken(created: {
  readonly token: Token;
  readonly bearer: string;
}): wire.CreateTokenResponse {
  return { token: encodeToken(created.token), bearer: created.bearer };
}

export function encodeTokens(page: Page<Token>): wire.ListTokensResponse {
  return { tokens: page.items.map(encodeToken), nextPageToken: page.nextPageToken ?? '' };
}
