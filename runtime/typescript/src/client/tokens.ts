import { checkOptions } from '../wire/options.ts';
import { wireTime } from '../wire/wire-time.ts';
import { readQuota, readToken, wireRoles } from './client-codec.ts';
import { tokenOptions } from './option-names.ts';
import type { Services } from './services.ts';
import type { NewToken, Token, TokenOptions } from './types/tokens.ts';
import type { QuotaUsage } from './types/usage.ts';

/** Tokens of a namespace, what each allows, and quotas. Every method throws FanoutError. */
export class Tokens {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  async create(options: TokenOptions): Promise<NewToken> {
    checkOptions('createToken', options, tokenOptions);
    const { role, ttlMs } = options;
    const ttl = ttlMs === undefined ? null : wireTime(ttlMs);
    const request = { role: wireRoles[role], ttl };
    const { token = {}, bearer = '' } = await this.#services.call('admin', 'createToken', request);
    return { token: readToken(token), bearer };
  }

  async list(): Promise<Token[]> {
    const all: Token[] = [];
    const pages = this.#services.pages('admin', 'listTokens', {}, ({ tokens = [] }) => tokens.map(readToken));
    for await (const token of pages) all.push(token);
    return all;
  }

  async usage(): Promise<QuotaUsage[]> {
    const { quotas = [] } = await this.#services.call('admin', 'getUsage', {});
    return quotas.map(readQuota);
  }

  async revoke(tokenId: string): Promise<void> {
    await this.#services.call('admin', 'revokeToken', { tokenId });
  }
}
