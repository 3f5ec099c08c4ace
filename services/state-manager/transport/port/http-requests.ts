/** Requests of HTTP/2 that are no gRPC calls, as requests. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';

export type HttpRequest = IncomingMessage | Http2ServerRequest;
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** Answers requests of HTTP, whichever its version. */
export type HttpListener = (request: HttpRequest, response: HttpResponse) => void;

/** Has the streams of a server that are no gRPC calls answered as requests: its own listeners see calls only. */
export function divertRequests(server: Http2Server, onRequest: HttpListener): void {
  // It never listens: it makes requests and responses of streams.
  const requests = createServer();
  for (const event of ['request', 'checkContinue'] as const) requests.on(event, onRequest);
  const takeCall = server.listeners('stream') as ((...stream: unknown[]) => void)[];
  server.removeAllListeners('stream');
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...more: unknown[]) => {
    if (isCall(headers)) for (const take of takeCall) take.call(server, stream, headers, ...more);
    else requests.emit('stream', stream, headers, ...more);
  });
}

function isCall(headers: IncomingHttpHeaders): boolean {
  return headers['content-type']?.startsWith('application/grpc') ?? false;
}
