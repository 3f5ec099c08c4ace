/** A host and a port. */
interface Endpoint {
  readonly host: string;
  readonly port: number;
}

interface Shared {
  /** The URL without user, password and parameters: for messages. */
  readonly shown: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly hasTls: boolean;
}

/** One server, which is the master: ioredis reads the URL itself. */
export interface ServerAddress extends Shared {
  readonly kind: 'server';
  readonly url: string;
}

/** Sentinels, which know who the master is. */
export interface SentinelAddress extends Shared {
  readonly kind: 'sentinel';
  readonly sentinels: readonly Endpoint[];
  /** The name that the Sentinels watch the master under. */
  readonly master: string;
  readonly database: number;
  readonly sentinelUsername: string | undefined;
  readonly sentinelPassword: string | undefined;
}

/** Nodes of a Redis Cluster: any of them tells about the others. */
export interface ClusterAddress extends Shared {
  readonly kind: 'cluster';
  readonly nodes: readonly Endpoint[];
}

/** The way to Redis. */
export type RedisAddress = ServerAddress | SentinelAddress | ClusterAddress;

const form = /^(rediss?)(?:\+(cluster|sentinel))?:\/\/(?:(.*)@)?([^@/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;
const defaultPorts = { cluster: 6379, sentinel: 26379 };

/**
 * Reads the URL of a Redis, of Sentinels or of a Redis Cluster.
 * @returns what is wrong, without any of the URL, which may hold a password
 */
export function parseRedisUrl(url: string): RedisAddress | { readonly problem: string } {
  const [, scheme, kind, login, hosts = '', path = '', query = ''] = form.exec(url) ?? [];
  if (scheme === undefined) {
    return {
      problem:
        'must begin with redis:// for one server, redis+sentinel:// for Sentinels or redis+cluster:// for a Redis ' +
        'Cluster, with rediss instead of redis for TLS',
    };
  }
  const credentials = readLogin(login);
  if (!credentials) return { problem: 'has a user or a password that is not percent-encoded' };
  const prefix = kind === undefined ? scheme : `${scheme}+${kind}`;
  const tail = path === '' ? '' : `/${path}`;
  const socket = new URLSearchParams(query).get('path');
  const shown = `${prefix}://${hosts}${tail}${socket === null ? '' : `?path=${socket}`}`;
  const shared = { ...credentials, hasTls: scheme === 'rediss', shown };
  if (kind === undefined) {
    if (!hosts.includes(',')) return { ...shared, kind: 'server', url };
    return {
      problem: `names several servers: say ${scheme}+cluster:// in front for a Redis Cluster, or ${scheme}+sentinel:// for Sentinels, with /MASTER behind them`,
    };
  }
  const endpoints = hosts.split(',').map((text) => readEndpoint(text, defaultPorts[kind as 'cluster']));
  if (!endpoints.every((endpoint) => endpoint !== undefined))
    return { problem: `must have HOST:PORT,HOST:PORT… behind ${prefix}://` };
  return kind === 'cluster'
    ? readCluster(endpoints, { ...shared, path, query })
    : readSentinels(endpoints, { ...shared, path, query });
}

type Parts = Shared & { readonly path: string; readonly query: string };

function readCluster(
  nodes: readonly Endpoint[],
  { path, query, ...shared }: Parts,
): ClusterAddress | { readonly problem: string } {
  if ((path !== '' && path !== '0') || query !== '')
    return { problem: 'must end with the addresses: a Redis Cluster has one database, and no parameters' };
  return { ...shared, kind: 'cluster', nodes };
}

const sentinelParameters = ['sentinel_user', 'sentinel_password'];

function readSentinels(
  sentinels: readonly Endpoint[],
  { path, query, ...shared }: Parts,
): SentinelAddress | { readonly problem: string } {
  const [, master, database = '0'] = /^([A-Za-z0-9_.-]+)(?:\/(\d+))?$/.exec(path) ?? [];
  if (master === undefined) {
    return {
      problem:
        'must end with the name that the Sentinels have for the master, as in redis+sentinel://HOST:PORT,HOST:PORT/mymaster',
    };
  }
  const parameters = new URLSearchParams(query);
  if ([...parameters.keys()].some((name) => !sentinelParameters.includes(name)))
    return { problem: `knows no parameters but ${sentinelParameters.join(' and ')}` };
  return {
    ...shared,
    kind: 'sentinel',
    sentinels,
    master,
    database: Number(database),
    sentinelUsername: parameters.get('sentinel_user') ?? undefined,
    sentinelPassword: parameters.get('sentinel_password') ?? undefined,
  };
}

/** Reads `USER:PASSWORD`, with either of them missing; undefined: it cannot be decoded. */
function readLogin(login = ''): Pick<Shared, 'username' | 'password'> | undefined {
  const colon = login.indexOf(':');
  const [user, password] = colon < 0 ? [login, ''] : [login.slice(0, colon), login.slice(colon + 1)];
  try {
    return {
      username: decodeURIComponent(user) || undefined,
      password: decodeURIComponent(password) || undefined,
    };
  } catch {
    return undefined;
  }
}

/** Reads `HOST:PORT` or `HOST`, with an IPv6 host in brackets; undefined: it is something else. */
function readEndpoint(text: string, defaultPort: number): Endpoint | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^[\]:\s,]+))(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[3] ?? defaultPort);
  if (match === null || port === 0 || port > 65_535) return undefined;
  return { host: match[1] ?? match[2] ?? '', port };
}
