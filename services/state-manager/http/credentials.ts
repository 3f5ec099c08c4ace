/** Tokens of requests: as a bearer, or in the cookie of a login, which needs to come from our own pages. */
import { isIP } from 'node:net';
import { Metadata } from '@grpc/grpc-js';
import { FanoutError } from '../errors.ts';
import { type Exchange, headerOf } from './exchange.ts';

/** Header that pages send with each request. A page of another site may not, without having been allowed. */
const csrfHeader = 'x-fanout-csrf';
/** Texts that a bearer may have; others are no header of HTTP/2. */
const plain = /^[ -~]*$/;

/** The cookie of a login. With `__Host-` no other host can have set it. */
function cookieName({ isSecure }: Exchange): string {
  return isSecure ? '__Host-fanout_token' : 'fanout_token';
}

function cookieOf(exchange: Exchange): string {
  const name = `${cookieName(exchange)}=`;
  const parts = headerOf(exchange.request, 'cookie').split(';');
  const cookie = parts.map((part) => part.trim()).find((part) => part.startsWith(name));
  return cookie === undefined ? '' : cookie.slice(name.length);
}

/** Attributes of a cookie that has the token, or takes it away if that is empty. */
export function cookieFor(exchange: Exchange, token: string): string {
  const parts = [`${cookieName(exchange)}=${token}`, 'Path=/', 'HttpOnly', 'SameSite=Strict'];
  if (exchange.isSecure) parts.push('Secure');
  if (token === '') parts.push('Max-Age=0');
  return parts.join('; ');
}

/**
 * The metadata that a gRPC call with this header has.
 * @param authorization empty: none
 * @throws FanoutError TOKEN_INVALID
 */
function metadataWith(authorization: string): Metadata {
  if (!plain.test(authorization))
    throw new FanoutError('TOKEN_INVALID', 'the header "authorization" must be "Bearer TOKEN"');
  const metadata = new Metadata();
  if (authorization !== '') metadata.set('authorization', authorization);
  return metadata;
}

/** The metadata that a gRPC call with this token has. @throws FanoutError TOKEN_INVALID */
export function bearing(token: string): Metadata {
  return metadataWith(token === '' ? '' : `Bearer ${token}`);
}

/**
 * The metadata that a gRPC call of the same caller would have.
 * @param options.needsToken whether tokens are asked for; otherwise only pages and programs of this machine may call
 * @throws FanoutError TOKEN_INVALID, PERMISSION_DENIED (it comes from a page of another site)
 */
export function credentialsOf(
  exchange: Exchange,
  { needsToken }: { readonly needsToken: boolean },
): Metadata {
  const authorization = headerOf(exchange.request, 'authorization');
  if (authorization === '' || !needsToken) {
    refuseOtherSites(exchange);
    if (!needsToken) refuseOtherNames(exchange);
  }
  return authorization === '' ? bearing(cookieOf(exchange)) : metadataWith(authorization);
}

/**
 * Refuses what a page of another site has the browser send, which adds the cookie, or reaches this machine.
 * @throws FanoutError PERMISSION_DENIED
 */
export function refuseOtherSites({ request, method }: Exchange): void {
  if (headerOf(request, csrfHeader) !== '') return;
  // What browsers say of themselves, all of them since 2023 and on every host that is safe.
  const site = headerOf(request, 'sec-fetch-site');
  const origin = headerOf(request, 'origin');
  const isOwn = site === 'same-origin' || (site === '' && isHost(origin, hostOf(request)));
  const isForeign = site === '' ? origin !== '' && !isOwn : site !== 'same-origin' && site !== 'none';
  const wantsProof = method !== 'GET' && method !== 'HEAD' && headerOf(request, 'cookie') !== '';
  if (isForeign || (wantsProof && !isOwn))
    throw new FanoutError(
      'PERMISSION_DENIED',
      `the request comes from a page of another site, or does not say where from: send the header "${csrfHeader}: 1" from our own pages, or "authorization: Bearer TOKEN" from programs`,
    );
}

/**
 * Refuses requests for a name that is not this machine's own: a page may have had its name lead here.
 * @throws FanoutError PERMISSION_DENIED
 */
function refuseOtherNames({ request }: Exchange): void {
  const name = hostOf(request)
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost') || isIP(name) > 0) return;
  throw new FanoutError(
    'PERMISSION_DENIED',
    `without tokens only this machine is served, and "${name.slice(0, 100)}" is not its name: use 127.0.0.1 or localhost, or set FANOUT_ADMIN_TOKEN`,
  );
}

/** The host that the caller means, with its port. */
function hostOf(request: Exchange['request']): string {
  return headerOf(request, ':authority') || headerOf(request, 'host');
}

function isHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
