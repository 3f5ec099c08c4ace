/** The address to listen at: a host and a port. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly isLoopback: boolean;
}

/**
 * Reads `host:port`, with an IPv6 host in brackets.
 * @throws Error that says what is wrong with it
 */
export function parseListen(listen: string): ListenAddress {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^[\]:\s/]+)):(\d{1,5})$/.exec(listen);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new Error(`cannot listen on "${listen}": write host:port, such as 127.0.0.1:7070 or [::]:7070`);
  }
  const name = (match[1] ?? match[2] ?? '').toLowerCase();
  // One address instead of whichever of the two happens to be free.
  const host = name === 'localhost' ? '127.0.0.1' : name;
  return { host, port, isLoopback: host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host) };
}

/** The inverse of `parseListen`. */
export function formatListen(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
