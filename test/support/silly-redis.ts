/** Something that speaks the protocol of Redis and says that it is whatever it is told to be. */
import { createServer, type Socket } from 'node:net';

export interface SillyRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** Listens on a free port; `info` is its answer to INFO. */
export function startSillyRedis(info: string): Promise<SillyRedis> {
  return startSilly(([word]) => (word === 'INFO' ? bulk(info) : '+OK\r\n'));
}

/** A Sentinel that knows no other, and a master under every name: that at the port which `masterPort` gives. */
export function startSillySentinel(masterPort: () => number): Promise<SillyRedis> {
  return startSilly(([word, question]) => {
    if (word !== 'SENTINEL') return '+OK\r\n';
    if (question !== 'GET-MASTER-ADDR-BY-NAME') return '*0\r\n';
    return `*2\r\n${bulk('127.0.0.1')}${bulk(String(masterPort()))}`;
  });
}

const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

async function startSilly(answer: (words: readonly string[]) => string): Promise<SillyRedis> {
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
        const words = command.split('\r\n').filter((_, line) => line % 2 === 1);
        socket.write(answer(words.map((word) => word.toUpperCase())));
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
