/** One request of HTTP and its answer. */
import { constants } from 'node:http2';
import { TLSSocket } from 'node:tls';
import type { HttpRequest, HttpResponse } from '../transport/port/http-requests.ts';

export interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  /** `GET`, `POST`, … */
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** `ADDRESS:PORT` of the caller. */
  readonly peer: string;
  /** Sent over TLS, which may have ended at a proxy. */
  readonly isSecure: boolean;
  /** Aborted when the answer has been sent, or the caller is gone. */
  readonly closed: AbortSignal;
}

export function toExchange(request: HttpRequest, response: HttpResponse): Exchange {
  const { socket } = request;
  const [path = '', query = ''] = splitOnce(request.url ?? '', '?');
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return {
    request,
    response,
    method: request.method ?? '',
    path,
    query: new URLSearchParams(query),
    peer: `${socket.remoteAddress}:${socket.remotePort}`,
    isSecure: socket instanceof TLSSocket || headerOf(request, 'x-forwarded-proto') === 'https',
    closed: controller.signal,
  };
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** A header of a request, empty if it is absent. */
export function headerOf({ headers }: HttpRequest, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

/** Ends an exchange at once, whatever its caller has got. */
export function breakOff({ request, response }: Exchange): void {
  if ('stream' in response) response.stream.close(constants.NGHTTP2_CANCEL);
  else request.socket.destroy();
}
