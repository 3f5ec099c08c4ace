/** A network that fails on demand: passes bytes on between a runtime and a state manager, or does not. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface TcpProxy {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** Bytes that were swallowed. */
  readonly swallowed: number;
  /** Swallows what comes from now on, of connections old and new; neither side is told. `up`: towards the target. */
  swallow(direction: 'up' | 'both'): void;
  /** Swallows what comes on the connections that there are; new ones are as good as ever. */
  forget(): void;
  /** Resets all connections. */
  reset(): void;
  /** Resets all connections, and takes no more. */
  stop(): Promise<void>;
}

/** @param target `host:port` */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const [host, port] = target.split(':');
  const sockets = new Set<Socket>();
  const forgotten = new WeakSet<Socket>();
  const swallows = { up: false, down: false };
  let swallowed = 0;

  function join(from: Socket, to: Socket, direction: 'up' | 'down'): void {
    sockets.add(from);
    from.on('data', (bytes) => {
      if (swallows[direction] || forgotten.has(from)) swallowed += bytes.length;
      else to.write(bytes);
    });
    from.on('error', () => from.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  }

  function reset(): void {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  const server: Server = createServer((near) => {
    const far = connect(Number(port), host);
    join(near, far, 'up');
    join(far, near, 'down');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address() as { port: number };
  return {
    address: `127.0.0.1:${bound.port}`,
    get swallowed() {
      return swallowed;
    },
    swallow(direction) {
      swallows.up = true;
      swallows.down = direction === 'both';
    },
    forget() {
      for (const socket of sockets) forgotten.add(socket);
    },
    reset,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      reset();
      await closed;
    },
  };
}
