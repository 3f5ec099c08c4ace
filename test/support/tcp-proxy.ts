/** A network that fails on demand: passes bytes on between two processes, late, slowly, or not at all. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export type Direction = 'up' | 'down' | 'both';

export interface TcpProxy {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** True while something is connected. */
  readonly isUsed: boolean;
  /** Connections that were ever made. */
  readonly connections: number;
  /** Bytes that were swallowed. */
  readonly swallowed: number;
  /** Bytes that were passed on later than they came. */
  readonly held: number;
  /** Connections that were reset on demand. */
  readonly resets: number;
  /** Swallows what comes from now on, of connections old and new; neither side is told. `up`: towards the target. */
  swallow(direction: Direction): void;
  /** Swallows what comes on the connections that there are; new ones are as good as ever. */
  forget(): void;
  /** Passes everything on this much later, in its order, milliseconds. */
  delay(ms: number): void;
  /** Passes no more than so many bytes a second on, in each direction of each connection. */
  throttle(bytesPerSecond: number): void;
  /** Passes everything on at once again. Connections with bytes missing are reset: no network gives such ones back. */
  heal(): void;
  /** Resets all connections. */
  reset(): void;
  /** Resets all connections, and takes no more. */
  stop(): Promise<void>;
}

/** @param target `host:port`, or what gives it: asked for each new connection */
export async function startTcpProxy(target: string | (() => string)): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const forgotten = new WeakSet<Socket>();
  /** Connections that have bytes missing. */
  const broken = new Set<Socket>();
  const swallows = { up: false, down: false };
  const totals = { connections: 0, swallowed: 0, held: 0, resets: 0 };
  let delayMs = 0;
  let msPerByte = 0;

  /** Writes to a socket, each piece at its instant at the earliest, in their order. */
  function writerTo(to: Socket): (bytes: Buffer) => void {
    const waiting: { readonly at: number; readonly bytes: Buffer }[] = [];
    /** The instant at which all that has come has been passed on. */
    let passedAt = 0;
    const passOn = (): void => {
      while (waiting[0] && waiting[0].at <= performance.now()) to.write(waiting.shift()!.bytes);
      if (waiting[0]) setTimeout(passOn, waiting[0].at - performance.now());
    };
    return (bytes) => {
      const now = performance.now();
      passedAt = Math.max(passedAt, now + delayMs) + bytes.length * msPerByte;
      if (passedAt <= now && waiting.length === 0) {
        to.write(bytes);
        return;
      }
      totals.held += bytes.length;
      waiting.push({ at: passedAt, bytes });
      if (waiting.length === 1) setTimeout(passOn, passedAt - now);
    };
  }

  function join(from: Socket, to: Socket, direction: 'up' | 'down'): void {
    sockets.add(from);
    const pass = writerTo(to);
    from.on('data', (bytes) => {
      if (!swallows[direction] && !forgotten.has(from)) {
        pass(bytes);
        return;
      }
      totals.swallowed += bytes.length;
      broken.add(from);
    });
    from.on('error', () => from.destroy());
    from.on('close', () => {
      sockets.delete(from);
      broken.delete(from);
      to.destroy();
    });
  }

  function resetAll(some: ReadonlySet<Socket>): void {
    for (const socket of some) {
      socket.resetAndDestroy();
      totals.resets++;
    }
  }

  const server: Server = createServer((near) => {
    totals.connections++;
    const [host = '', port] = (typeof target === 'string' ? target : target()).split(':');
    const far = connect(Number(port), host);
    join(near, far, 'up');
    join(far, near, 'down');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address() as { port: number };
  return {
    address: `127.0.0.1:${bound.port}`,
    get isUsed() {
      return sockets.size > 0;
    },
    get connections() {
      return totals.connections;
    },
    get swallowed() {
      return totals.swallowed;
    },
    get held() {
      return totals.held;
    },
    get resets() {
      return totals.resets;
    },
    swallow(direction) {
      swallows.up = direction !== 'down';
      swallows.down = direction !== 'up';
    },
    forget() {
      for (const socket of sockets) forgotten.add(socket);
    },
    delay(ms) {
      delayMs = ms;
    },
    throttle(bytesPerSecond) {
      msPerByte = 1_000 / bytesPerSecond;
    },
    heal() {
      swallows.up = false;
      swallows.down = false;
      delayMs = 0;
      msPerByte = 0;
      resetAll(broken);
    },
    reset() {
      resetAll(sockets);
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      resetAll(sockets);
      await closed;
    },
  };
}
