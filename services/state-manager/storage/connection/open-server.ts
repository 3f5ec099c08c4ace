/** One server: the one at an address, or the master that Sentinels name. */
import type { Redis, RedisOptions } from 'ioredis';
import type { Log } from '../../log.ts';
import type { SentinelAddress, ServerAddress } from '../../redis-address.ts';
import { connectRedis } from './check-server.ts';
import type { Connections } from './connections.ts';
import { emptyWrite } from './empty-write.ts';
import { answered, createRedis, pauseMs } from './redis.ts';

/** Milliseconds that a Sentinel may take to tell the master, before the next one is asked. */
const sentinelTimeoutMs = 1_000;

/** Connects to the server of an address. @throws FanoutError STORAGE_UNAVAILABLE, STORAGE_UNSUITABLE */
export async function openServer(address: ServerAddress | SentinelAddress, log: Log): Promise<Connections> {
  const target = address.kind === 'server' ? address.url : throughSentinels(address);
  const [redis, steps, subscriber] = [
    createRedis(target, log),
    createRedis(target, log),
    createRedis(target, log),
  ];
  const connections = [redis, steps, subscriber];
  const close = () => {
    for (const connection of connections) connection.disconnect();
  };
  try {
    for (const connection of connections) await connectRedis(connection, address.shown);
  } catch (error) {
    close();
    throw error;
  }
  const follow = address.kind === 'sentinel' ? leaveReplica : answered;
  return {
    redis,
    steps,
    async subscribe(channels, listener) {
      subscriber.on('message', listener);
      await subscriber.subscribe(...channels);
    },
    onReconnected(listener) {
      const tell = () => {
        if (connections.every(({ status }) => status === 'ready')) listener();
      };
      for (const connection of connections) connection.on('ready', tell);
    },
    async check([key = '']) {
      if (address.kind === 'sentinel') leaveOtherServer(subscriber, redis);
      await Promise.all([
        follow(redis, emptyWrite(redis, key)),
        follow(steps, emptyWrite(steps, key)),
        answered(subscriber, subscriber.ping()),
      ]);
    },
    serversOf: (keys) => keys.map(() => serverOf(redis)),
    get servers() {
      return [serverOf(redis)];
    },
    close,
  };
}

/** Has ioredis ask the Sentinels for the master, each time that it connects. */
function throughSentinels(address: SentinelAddress): RedisOptions {
  const { sentinels, master, database, username, password, sentinelUsername, sentinelPassword } = address;
  return {
    sentinels: [...sentinels],
    name: master,
    db: database,
    sentinelCommandTimeout: sentinelTimeoutMs,
    sentinelRetryStrategy: pauseMs,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(sentinelUsername !== undefined && { sentinelUsername }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    ...(address.hasTls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
  };
}

/** Waits for an answer as `answered` does. A connection to a master that was demoted is closed: the next one is to the new master. */
async function leaveReplica(connection: Redis, answer: Promise<unknown>): Promise<void> {
  try {
    await answered(connection, answer);
  } catch (error) {
    if ((error as Error).message.startsWith('READONLY')) connection.stream.destroy();
    throw error;
  }
}

/** Closes a connection, which cannot write and so learns nothing of its server, if another one leads elsewhere. */
function leaveOtherServer(connection: Redis, other: Redis): void {
  const areReady = connection.status === 'ready' && other.status === 'ready';
  if (areReady && serverOf(connection) !== serverOf(other)) connection.stream.destroy();
}

function serverOf({ stream }: Redis): string {
  const { remoteAddress = '', remotePort = '' } = stream;
  return `${remoteAddress}:${remotePort}`;
}
