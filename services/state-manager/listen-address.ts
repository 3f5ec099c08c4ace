/** An address to listen at: a host and a port. */
export interface ListenAddress {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
}

/** Reads `HOST:PORT`, with an IPv6 host in brackets; undefined: it is something else. */
export function parseListen(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^[\]:\s/]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return undefined;
  const name = (match[1] ?? match[2] ?? '').toLowerCase();
  // One address instead of whichever of the two happens to be free.
  return { host: name === 'localhost' ? '127.0.0.1' : name, port };
}

/** The inverse of `parseListen`. */
export function formatListen({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** True if nobody on another machine can reach it. */
export function isLoopback({ host }: ListenAddress): boolean {
  return host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
