import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Page } from '../../domain/model/page.ts';
import type { Role, Token } from '../../domain/model/token.ts';
import { FanoutError } from '../../errors.ts';
import type { PageRequest, TokensApi } from '../ports/api.ts';
import type { CatalogStorage, StoredToken } from '../ports/catalog.ts';

/** A look-up is remembered for this long, so that a revoked token ends this much later at most, milliseconds. */
const memoryMs = 1_000;
/** Tokens that are remembered, the latest ones. */
const maxRemembered = 10_000;

/** Bearer tokens: random, stored as hashes only. */
export class Tokens implements TokensApi {
  readonly #catalog: CatalogStorage;
  readonly #adminHash: Buffer | undefined;
  /** Hashes of right tokens by their text: a hash takes longer than all else that lets a call in. */
  readonly #hashes = new LRUCache<string, Buffer>({ max: maxRemembered });
  /** Tokens by hash. `ABSENT`: there is no such token, or it has expired. */
  readonly #memory = new LRUCache<string, StoredToken | 'ABSENT'>({
    max: maxRemembered,
    ttl: memoryMs,
    // The clock is read at each look-up: a token ends when it ends.
    ttlResolution: 0,
  });

  /** @param adminToken the text of the token that makes all others; undefined: no token is needed */
  constructor(catalog: CatalogStorage, adminToken: string | undefined) {
    this.#catalog = catalog;
    this.#adminHash = adminToken === undefined ? undefined : digest(adminToken);
  }

  get isRequired(): boolean {
    return this.#adminHash !== undefined;
  }

  async create(
    namespace: string,
    role: Role,
    ttlMs: number | undefined,
  ): Promise<{ token: Token; bearer: string }> {
    const bearer = `fanout_${randomBytes(32).toString('base64url')}`;
    const hash = digest(bearer).toString('hex');
    const createdAt = await this.#catalog.now();
    const token: Token = {
      tokenId: hash.slice(0, 16),
      namespace,
      role,
      createdAt,
      ...(ttlMs === undefined ? {} : { expiresAt: createdAt + ttlMs }),
    };
    await this.#catalog.putToken(hash, { ...token, hash });
    // Each new one takes up to a hundred away that have ended, so that they are never many.
    await this.#catalog.removeExpiredTokens(createdAt);
    return { token, bearer };
  }

  /** Looks through all tokens, some at a time, and keeps no more of them than the page takes. */
  async list(namespace: string, { pageSize, pageToken }: PageRequest): Promise<Page<Token>> {
    const after = pageToken === '' ? undefined : readToken(pageToken);
    let newest = new Map<string, StoredToken>();
    for await (const some of this.#catalog.tokens()) {
      for (const token of some) {
        if (token.namespace === namespace && (!after || newestFirst(after, token) < 0))
          newest.set(token.tokenId, token);
      }
      if (newest.size > 2 * pageSize) newest = firstOf(newest, pageSize + 1);
    }
    const found = [...firstOf(newest, pageSize + 1).values()];
    const items = found.slice(0, pageSize).map(({ hash: _, ...token }) => token);
    const last = items.at(-1);
    if (found.length <= pageSize || !last) return { items };
    return { items, nextPageToken: `${last.createdAt}:${last.tokenId}` };
  }

  async revoke(namespace: string, tokenId: string): Promise<void> {
    const token = await this.#named(namespace, tokenId);
    if (!token) {
      throw new FanoutError(
        'TOKEN_NOT_FOUND',
        `there is no token ${tokenId} in namespace "${namespace}": list the tokens to see which there are`,
      );
    }
    await this.#catalog.removeToken(token.hash);
  }

  async #named(namespace: string, tokenId: string): Promise<StoredToken | undefined> {
    for await (const some of this.#catalog.tokens(tokenId)) {
      const token = some.find((one) => one.tokenId === tokenId && one.namespace === namespace);
      if (token) return token;
    }
    return undefined;
  }

  async authenticate(bearer: string): Promise<{ namespace: string; role: Role } | undefined> {
    const hash = this.#hashes.get(bearer) ?? digest(bearer);
    const grant = await this.#grantOf(hash);
    if (grant) this.#hashes.set(bearer, hash);
    return grant;
  }

  async #grantOf(hash: Buffer): Promise<{ namespace: string; role: Role } | undefined> {
    if (this.#adminHash && timingSafeEqual(hash, this.#adminHash))
      return { namespace: 'default', role: 'admin' };
    const token = await this.#find(hash.toString('hex'));
    return token && { namespace: token.namespace, role: token.role };
  }

  /** A token that has not expired. */
  async #find(hash: string): Promise<StoredToken | undefined> {
    const remembered = this.#memory.get(hash);
    if (remembered) return remembered === 'ABSENT' ? undefined : remembered;
    // What is revoked while it is looked up is remembered no longer either.
    const start = performance.now();
    // Looked up by hash, so how long that takes tells nothing of the text.
    const token = await this.#catalog.token(hash);
    const leftMs = token?.expiresAt === undefined ? memoryMs : token.expiresAt - (await this.#catalog.now());
    const live = leftMs > 0 ? token : undefined;
    this.#memory.set(hash, live ?? 'ABSENT', { start, ttl: live ? Math.min(memoryMs, leftMs) : memoryMs });
    return live;
  }
}

/** The place of a token in the list: what page tokens hold. */
type Place = Pick<StoredToken, 'createdAt' | 'tokenId'>;

function newestFirst(left: Place, right: Place): number {
  return right.createdAt - left.createdAt || (left.tokenId < right.tokenId ? -1 : 1);
}

function firstOf(tokens: ReadonlyMap<string, StoredToken>, atMost: number): Map<string, StoredToken> {
  const sorted = [...tokens.values()].sort(newestFirst).slice(0, atMost);
  return new Map(sorted.map((token) => [token.tokenId, token]));
}

function readToken(pageToken: string): Place {
  const [, createdAt, tokenId] = /^(\d{1,15}):([\w.-]{1,128})$/.exec(pageToken) ?? [];
  if (createdAt === undefined || tokenId === undefined) {
    throw new FanoutError(
      'PAGE_TOKEN_INVALID',
      'page_token is not one that this list gave: start again without it',
    );
  }
  return { createdAt: Number(createdAt), tokenId };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
