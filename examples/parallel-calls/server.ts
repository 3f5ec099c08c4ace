/** Stands for servers: the first call of each path fails, `/missing` is not there, the rest is `hello`. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves on a free port of the loopback address. */
export async function startServer(): Promise<{ url: string; stop: () => void }> {
  const called = new Set<string>();
  const server = createServer(({ url = '' }, response) => {
    if (url === '/missing') response.writeHead(404).end();
    else if (!called.has(url)) response.writeHead(503).end();
    else response.end('hello');
    called.add(url);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
