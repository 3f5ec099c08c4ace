/** Commands of the harness to a client process, over HTTP on the loopback address: any language can serve them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Work by name; what it gives is sent as JSON. */
export type Commands = Readonly<
  Record<string, (values: Readonly<Record<string, number>>) => Promise<unknown>>
>;

async function readBody(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** Serves `POST /NAME` on a free port, and prints the port as a line of JSON. */
export function serveCommands(commands: Commands): void {
  const server = createServer(async (request, response) => {
    try {
      const command = commands[request.url?.slice(1) ?? ''];
      if (!command) throw new Error(`there is no command ${request.url}`);
      response.end(JSON.stringify((await command(JSON.parse(await readBody(request)))) ?? {}));
    } catch (error) {
      response.statusCode = 500;
      response.end(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  });
  server.listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
  });
}
