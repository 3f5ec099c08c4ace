/** Logins of browsers: a token becomes a cookie that scripts cannot read. */
import { FanoutError } from '../errors.ts';
import { readBody } from './body.ts';
import { bearing, cookieFor, credentialsOf, refuseOtherSites } from './credentials.ts';
import type { HttpContext, Route } from './route.ts';
import { parseRequest } from './rpc-call.ts';

/** Body of a login at most, bytes. */
const loginBytes = 4_096;
const loginMs = 10_000;

export function loginRoutes({ calls, answers }: HttpContext): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: /^\/login$/,
      async answer(exchange) {
        refuseOtherSites(exchange);
        const token = tokenOf(await readBody(exchange, loginBytes, loginMs));
        if (!calls.needsToken) return answers.json(exchange, 200, { needsToken: false });
        const { namespace, role } = await calls.grantOf(bearing(token), exchange.peer);
        exchange.response.setHeader('set-cookie', cookieFor(exchange, token));
        answers.json(exchange, 200, { needsToken: true, namespace, role });
      },
    },
    {
      method: 'POST',
      pattern: /^\/logout$/,
      async answer(exchange) {
        refuseOtherSites(exchange);
        exchange.response.setHeader('set-cookie', cookieFor(exchange, ''));
        answers.json(exchange, 200, {});
      },
    },
    {
      method: 'GET',
      pattern: /^\/api\/session$/,
      async answer(exchange) {
        const metadata = credentialsOf(exchange, calls);
        if (!calls.needsToken) return answers.json(exchange, 200, { needsToken: false });
        const { namespace, role } = await calls.grantOf(metadata, exchange.peer);
        answers.json(exchange, 200, { needsToken: true, namespace, role });
      },
    },
  ];
}

/** The token of a login: JSON, or what a form sends. */
function tokenOf(body: string): string {
  const token = body.trimStart().startsWith('{')
    ? (parseRequest(body) as { readonly token?: unknown }).token
    : new URLSearchParams(body).get('token');
  // All that a cookie can carry as it is.
  if (typeof token === 'string' && /^[!#-+\--:<-[\]-~]{1,512}$/.test(token)) return token;
  throw new FanoutError(
    'TOKEN_INVALID',
    'the login must be {"token": "TOKEN"}, or a form with the field "token"',
  );
}
