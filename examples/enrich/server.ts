/**
 * Stands for a service of others: it is slow, fails now and then, does not know everything, and is under maintenance
 * for one country until that ends.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const slowestMs = 8;

/** A number that a text always has: what happens to a region is the same in each run. */
function numberOf(text: string): number {
  let number = 0;
  for (const char of text) number = (number * 31 + char.codePointAt(0)!) % 1_000_003;
  return number;
}

export interface RegionServer {
  readonly url: string;
  endMaintenance(): void;
  stop(): void;
}

/** Serves `/regions/CODE` on a free port of the loopback address. @param inMaintenance a country, such as SI */
export async function startServer(inMaintenance: string): Promise<RegionServer> {
  const called = new Set<string>();
  let isDown = true;
  const answer = (code: string): { status: number; body: string } => {
    const number = numberOf(code);
    const isFirst = !called.has(code);
    called.add(code);
    if (isDown && code.startsWith(`${inMaintenance}.`)) return { status: 503, body: 'maintenance' };
    if (number % 400 === 0) return { status: 404, body: 'unknown' };
    if (number % 10 === 0 && isFirst) return { status: 500, body: 'try again' };
    return { status: 200, body: JSON.stringify({ inhabitants: 1_000 + number }) };
  };
  const server = createServer(({ url = '' }, response) => {
    const code = decodeURIComponent(url.split('/').at(-1) ?? '');
    const { status, body } = answer(code);
    setTimeout(() => response.writeHead(status).end(body), numberOf(code) % slowestMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    endMaintenance() {
      isDown = false;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
