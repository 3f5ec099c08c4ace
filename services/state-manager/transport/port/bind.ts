/** Takes a port. */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { formatListen, type ListenAddress } from '../../listen-address.ts';

/** Codes of the system, and what to do. */
const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'the port is in use; stop what uses it, or choose another one, or a free one with FANOUT_LISTEN=127.0.0.1:0',
  EADDRNOTAVAIL:
    'this machine has no such address; choose one that it has: 127.0.0.1:7600 for itself alone, 0.0.0.0:7600 for all',
  EACCES: 'this user may not use that port; choose one above 1023, such as 127.0.0.1:7600',
  ENOTFOUND: 'no such host is known; choose an address of this machine, such as 127.0.0.1:7600',
  EAI_AGAIN: 'no such host is known; choose an address of this machine, such as 127.0.0.1:7600',
};

/**
 * Binds the first of the addresses whose port is free, with a server for each address that its host has.
 * @param createServer makes a server that does not listen yet
 * @returns the bound `HOST:PORT`, and the servers
 * @throws Error that names the last one, the reason, and what to do
 */
export async function bindFirstFree<S extends Server>(
  createServer: () => S,
  [first, ...others]: readonly [ListenAddress, ...ListenAddress[]],
): Promise<{ readonly address: string; readonly servers: readonly S[] }> {
  try {
    const { port, servers } = await bind(createServer, first);
    return { address: formatListen({ host: first.host, port }), servers };
  } catch (error) {
    const [next, ...rest] = others;
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (next && code === 'EADDRINUSE') return bindFirstFree(createServer, [next, ...rest]);
    throw new Error(`cannot listen on ${formatListen(first)}: ${remedies[code] ?? message}`, {
      cause: error,
    });
  }
}

/** Binds every address of the host with one port; those that cannot be bound are left out, as long as one can. */
async function bind<S extends Server>(
  createServer: () => S,
  { host, port }: ListenAddress,
): Promise<{ readonly port: number; readonly servers: readonly S[] }> {
  const addresses = await lookup(host, { all: true });
  const servers: S[] = [];
  let bound = port;
  let problem: unknown;
  for (const { address } of addresses) {
    const server = createServer();
    try {
      await listen(server, address, bound);
    } catch (error) {
      problem ??= error;
      continue;
    }
    bound = (server.address() as AddressInfo).port;
    servers.push(server);
  }
  if (servers.length === 0) throw problem;
  return { port: bound, servers };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  const listening = once(server, 'listening');
  server.listen({ host, port });
  await listening;
}
