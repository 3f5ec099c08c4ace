import { Redis, type RedisOptions } from 'ioredis';
import { type ClusterView, endpointOf, type NodeName, readView } from './slot-map.ts';

/** Milliseconds that a node may take to connect and tell its view: others know the same. */
const askTimeoutMs = 1_000;

/** Asks a node over a connection that there is. @throws Error of Redis */
export async function askOver(connection: Redis, node: NodeName): Promise<ClusterView> {
  const [rows, info] = await Promise.all([connection.cluster('SLOTS'), connection.cluster('INFO')]);
  return readView(rows, info as string, endpointOf(node).host);
}

/** Asks a node over a connection that is closed afterwards. @throws Error of the connection, or of Redis */
export async function askOnce(node: NodeName, credentials: RedisOptions): Promise<ClusterView> {
  const connection = new Redis({
    ...credentials,
    ...endpointOf(node),
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    connectTimeout: askTimeoutMs,
    commandTimeout: askTimeoutMs,
  });
  // What `connect` rejects with says only that it was closed.
  let problem: Error | undefined;
  connection.on('error', (error) => {
    problem ??= error;
  });
  try {
    await connection.connect();
    return await askOver(connection, node);
  } catch (error) {
    throw problem ?? error;
  } finally {
    connection.disconnect();
  }
}

/** The answer, or undefined if there is none in time, or an error. */
export async function soon<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), askTimeoutMs);
  });
  try {
    return await Promise.race([answer.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
