import type { AdminServiceHandlers } from '@fanout/proto';
import { maxPageSize, readPage } from './codec/fields.ts';
import { decodeSetQuotas, encodeUsage } from './codec/quotas.ts';
import { decodeCreateToken, decodeTokenId, encodeCreatedToken, encodeTokens } from './codec/tokens.ts';
import type { Context } from './context.ts';
import { reading, unary } from './unary.ts';

export function createAdminService(context: Context): AdminServiceHandlers {
  const { tokens, quotas } = context.engine;
  return {
    CreateToken: unary(context, async (request, namespace) => {
      const { role, ttlMs } = decodeCreateToken(request);
      return encodeCreatedToken(await tokens.create(namespace, role, ttlMs));
    }),
    ListTokens: reading(context, async (request, namespace) =>
      // Callers from before there were pages ask for none, and get as much as one takes.
      encodeTokens(await tokens.list(namespace, readPage(request, maxPageSize))),
    ),
    RevokeToken: unary(context, async (request, namespace) => {
      await tokens.revoke(namespace, decodeTokenId(request));
      return {};
    }),
    GetUsage: unary(context, async (_request, namespace) => encodeUsage(await quotas.usage(namespace))),
    SetQuotas: unary(context, async (request, namespace) => {
      await quotas.set(namespace, decodeSetQuotas(request));
      return encodeUsage(await quotas.usage(namespace));
    }),
  };
}
