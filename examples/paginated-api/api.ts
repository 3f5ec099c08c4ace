/** Stands for an API with 20 pages of 10 items, that refuses every third request with 429. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const pages = 20;
const itemsPerPage = 10;

/** Serves on a free port of the loopback address. */
export async function startApi(): Promise<{ url: string; refused: () => number; stop: () => void }> {
  let requests = 0;
  let refused = 0;
  const server = createServer((request, response) => {
    if (++requests % 3 === 0) {
      refused++;
      response.writeHead(429, { 'retry-after': '0.05' }).end();
      return;
    }
    const page = Number(new URL(request.url ?? '', 'http://localhost').searchParams.get('page'));
    const items = Array.from({ length: itemsPerPage }, () => ({ price: page }));
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ items, pages }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/prices`,
    refused: () => refused,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
