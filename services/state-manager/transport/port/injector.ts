/** Hands connections to gRPC. */
import type { Http2Server } from 'node:http2';
import type { Socket } from 'node:net';
import { type Server, ServerCredentials, setLogger } from '@grpc/grpc-js';
import type { Log } from '../../log.ts';

/** The HTTP/2 below a gRPC server that listens nowhere itself. */
export interface Injector {
  readonly http2Server: Http2Server;
  /** Serves a connection, decrypted. */
  inject(socket: Socket): void;
}

export function createInjector(server: Server): Injector {
  // Who has a certificate is looked at by the port.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return { http2Server: http2ServerOf(server), inject: (socket) => injector.injectConnection(socket) };
}

/** The server that grpc-js has made. It keeps it to itself, and nothing else of it tells of a stream. */
function http2ServerOf(server: Server): Http2Server {
  const { http2Servers } = server as unknown as { http2Servers?: ReadonlyMap<Http2Server, unknown> };
  const [http2Server] = http2Servers?.keys() ?? [];
  if (http2Server === undefined)
    throw new Error(
      'grpc-js has no http2Servers: see which limits of connections.ts this version has itself',
    );
  return http2Server;
}

/** Has the log take what grpc-js complains about, which goes to the console otherwise. */
export function logComplaints(log: Log): void {
  setLogger({
    error: (message: unknown) => log.warn({ event: 'grpc_complained', detail: String(message) }),
  });
}
