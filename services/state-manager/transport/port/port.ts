/** One port for gRPC and HTTP, with TLS or without. */
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ListenAddress } from '../../listen-address.ts';
import type { Log } from '../../log.ts';
import { bindFirstFree } from './bind.ts';
import type { Certificates, Identity } from './certificates.ts';
import { recogniseHttp2 } from './first-bytes.ts';
import type { HttpListener } from './http-requests.ts';
import { isSignedBy, readAuthorities } from './trust.ts';

/** Time for the headers of a request of HTTP/1.1 to arrive, and for TLS to be agreed on, milliseconds. */
const headersMs = 10_000;
/** Time that a connection of HTTP/1.1 waits for its next request: longer than balancers of load keep theirs, milliseconds. */
const idleMs = 75_000;
/** Headers of one request of HTTP/1.1 at most, bytes. */
const headerBytes = 16 * 1024;

export interface PortOptions {
  /** Undefined: no TLS. */
  readonly identity: Identity | undefined;
  readonly log: Log;
  /** Time for the body of a request to arrive, milliseconds. */
  readonly bodyMs: number;
  /** Takes a connection that speaks HTTP/2, decrypted. */
  readonly takeHttp2: (socket: Socket) => void;
  /** Answers requests of HTTP/1.1. */
  readonly onRequest: HttpListener;
}

export interface Port {
  /**
   * @param addresses the first one whose port is free is taken
   * @returns the bound `host:port`
   * @throws Error if none can be bound, with the reason and what to do
   */
  listen(addresses: readonly [ListenAddress, ...ListenAddress[]]): Promise<string>;
  /** Takes no more connections, ends those that are idle, and after `graceMs` all others. Harmless before `listen`. */
  close(graceMs: number): Promise<void>;
}

/** A port whose connections are told apart by ALPN, or by their first bytes. */
export function createPort({ identity, log, bodyMs, takeHttp2, onRequest }: PortOptions): Port {
  const sockets = new Set<Socket>();
  /** Connections that have not said yet what they speak. */
  const silent = new Set<Socket>();
  /** Connections below TLS, whether or not it is agreed on. */
  const agreeing = new Set<Socket>();
  let servers: readonly (Server | SecureServer)[] = [];
  let stopRenewing = (): void => {};

  const options: ServerOptions = {
    maxHeaderSize: headerBytes,
    headersTimeout: headersMs,
    // The net below the time that each body has: it counts the wait before the body is read as well.
    requestTimeout: 2 * bodyMs + headersMs,
    keepAliveTimeout: idleMs,
  };

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  }

  function createAny(): Server | SecureServer {
    const server = identity
      ? createSecureServer({
          ...options,
          ...tlsOptions(identity.certificates),
          handshakeTimeout: headersMs,
          ALPNProtocols: ['h2', 'http/1.1'],
        })
      : createServer(options);
    const event = identity ? 'secureConnection' : 'connection';
    const takeHttp1 = server.listeners(event) as ((socket: Socket) => void)[];
    server.removeAllListeners(event);
    const route = (socket: Socket, isHttp2: boolean): void => {
      if (!isHttp2) for (const take of takeHttp1) take.call(server, socket);
      else {
        // A session of HTTP/2 ends with its client's side, a connection of HTTP/1.1 with the answer.
        socket.allowHalfOpen = false;
        takeHttp2(socket);
      }
    };
    server.on(event, (socket: Socket) => {
      keep(socket);
      if (socket instanceof TLSSocket) route(socket, socket.alpnProtocol === 'h2');
      else {
        silent.add(socket);
        socket.once('close', () => silent.delete(socket));
        recogniseHttp2(socket, (isHttp2) => {
          silent.delete(socket);
          route(socket, isHttp2);
        });
      }
    });
    if (identity) {
      // What has not agreed on TLS is no connection yet, and would keep the server from closing.
      server.on('connection', (socket: Socket) => {
        agreeing.add(socket);
        socket.once('close', () => agreeing.delete(socket));
      });
    }
    for (const kind of ['request', 'checkContinue'] as const) server.on(kind, onRequest);
    return server;
  }

  function renew(found: Certificates, before: Certificates): void {
    for (const server of servers) if ('setSecureContext' in server) server.setSecureContext(found);
    // After the servers have them, so that nobody comes back with what is trusted no more.
    if (found.ca && String(found.ca) !== String(before.ca)) keepTrusted(found.ca);
  }

  /** Ends the connections whose client shows no certificate that one of these authorities, as PEM, has signed. */
  function keepTrusted(authorities: Buffer): void {
    const trusted = readAuthorities(authorities);
    for (const socket of sockets) {
      const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
      if (certificate !== undefined && isSignedBy(certificate, trusted)) continue;
      log.warn({ event: 'connection_distrusted', peer: `${socket.remoteAddress}:${socket.remotePort}` });
      socket.destroy();
    }
  }

  return {
    async listen(addresses) {
      const bound = await bindFirstFree(createAny, addresses);
      servers = bound.servers;
      if (identity) stopRenewing = identity.onRenewed(renew);
      return bound.address;
    },
    async close(graceMs) {
      stopRenewing();
      for (const socket of silent) socket.destroy();
      const force = setTimeout(() => {
        for (const socket of [...sockets, ...agreeing]) socket.destroy();
      }, graceMs);
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      clearTimeout(force);
    },
  };
}

function tlsOptions({ cert, key, ca }: Certificates) {
  return { cert, key, ...(ca && { ca, requestCert: true, rejectUnauthorized: true }) };
}
