/** Something that speaks the protocol of Redis and says that it is whatever it is told to be. */
import { createServer, type Socket } from 'node:net';

export interface SillyRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** Listens on a free port; `info` is its answer to INFO. */
export async function startSillyRedis(info: string): Promise<SillyRedis> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      // A command is an array: `*2`, then a line of length and a line of text for each word.
      for (const command of data
        .toString()
        .split(/^\*\d+\r\n/m)
        .slice(1)) {
        const word = command.split('\r\n')[1]?.toUpperCase();
        socket.write(word === 'INFO' ? `$${Buffer.byteLength(info)}\r\n${info}\r\n` : '+OK\r\n');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
