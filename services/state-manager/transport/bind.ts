/** Takes the port of a server. */
import { type Server, type ServerCredentials, setLogger } from '@grpc/grpc-js';
import { formatListen, type ListenAddress } from '../listen-address.ts';
import type { Log } from '../log.ts';

/** Reasons of the system, or of grpc-js, and what to do. */
const remedies: readonly (readonly [code: string, remedy: string])[] = [
  [
    'EADDRINUSE',
    'the port is in use; stop what uses it, or choose another one, or a free one with FANOUT_LISTEN=127.0.0.1:0',
  ],
  [
    'EADDRNOTAVAIL',
    'this machine has no such address; choose one that it has: 127.0.0.1:7600 for itself alone, 0.0.0.0:7600 for all',
  ],
  ['EACCES', 'this user may not use that port; choose one above 1023, such as 127.0.0.1:7600'],
  [
    'Name resolution failed',
    'no such host is known; choose an address of this machine, such as 127.0.0.1:7600',
  ],
];

/**
 * Has the log take what grpc-js complains about, which goes to the console otherwise. What it cannot bind it says twice,
 * and the error that has the reason is told by whoever asked.
 */
export function logComplaints(log: Log): void {
  setLogger({
    error: (message: unknown) => {
      if (!String(message).startsWith('No address added'))
        log.warn({ event: 'grpc_complained', detail: String(message) });
    },
  });
}

/**
 * Binds the first of the addresses whose port is free.
 * @returns the bound `HOST:PORT`
 * @throws Error that names the last one, the reason, and what to do
 */
export async function bindFirstFree(
  server: Server,
  [first, ...others]: readonly [ListenAddress, ...ListenAddress[]],
  credentials: ServerCredentials,
): Promise<string> {
  try {
    return formatListen({ host: first.host, port: await bind(server, formatListen(first), credentials) });
  } catch (error) {
    const [next, ...rest] = others;
    const { message } = error as Error;
    if (next && message.includes('EADDRINUSE')) return bindFirstFree(server, [next, ...rest], credentials);
    throw new Error(`cannot listen on ${formatListen(first)}: ${explain(message)}`, { cause: error });
  }
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

function explain(reason: string): string {
  const [, remedy] = remedies.find(([code]) => reason.includes(code)) ?? [];
  return remedy ?? reason;
}
