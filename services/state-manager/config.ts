import { z } from 'zod';
import { defaultRunLimits } from './domain/graph/run-limits.ts';
import { FanoutError } from './errors.ts';
import { isLoopback, type ListenAddress, parseListen } from './listen-address.ts';
import { parseRedisUrl } from './redis-address.ts';
import { unknownSettings } from './unknown-settings.ts';

/** `ID:BASE64,ID:BASE64`: no message shows any of it, because a mistake may have put a key where an id belongs. */
const secretKeys = z.string().transform((text, context) => {
  const keys = text.split(',').map((part) => {
    const [, id = '', base64 = ''] =
      /^([A-Za-z0-9_.-]{1,64}):([A-Za-z0-9+/_-]{43}=?)$/.exec(part.trim()) ?? [];
    return { id, bytes: Buffer.from(base64, 'base64') };
  });
  if (keys.some(({ bytes }) => bytes.length !== 32)) {
    const message =
      'must be ID:KEY pairs with commas between them, each KEY 32 bytes as base64, such as openssl rand -base64 32 makes';
    context.addIssue({ code: 'custom', message });
  } else if (new Set(keys.map(({ id }) => id)).size < keys.length) {
    context.addIssue({
      code: 'custom',
      message: 'must have each id once: give the new key an id of its own',
    });
  }
  return keys;
});

/** A message that shows the value: for settings that have no secret in them. */
const must = (rule: string) => ({
  error: ({ input }: { readonly input?: unknown }) =>
    `${JSON.stringify(String(input).slice(0, maxShown))} must be ${rule}`,
});
const maxShown = 100;

function wholeNumber(least = 1, most = Number.MAX_SAFE_INTEGER) {
  const range = most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `of at least ${least}`;
  const fits = (text: string) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
  return z
    .string()
    .refine(fits, must(`a whole number ${range}`))
    .transform(Number);
}

/** Shards of a deployment on a Redis Cluster that says nothing of them: enough for a handful of masters. */
const shardsOfCluster = 16;

function isCluster(redisUrl: string): boolean {
  const address = parseRedisUrl(redisUrl);
  return 'kind' in address && address.kind === 'cluster';
}

const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** Every setting, from the environment, with what `fanout-server --help` and the READMEs say of it. */
export const settings = z.object({
  FANOUT_LISTEN: z
    .string()
    .refine(parseListen, must('HOST:PORT, such as 127.0.0.1:7600 or [::]:7600'))
    .default('127.0.0.1:7600')
    .describe('address to serve; port 0: a free one. Anything but loopback needs a token'),
  FANOUT_REDIS_URL: z
    .string()
    .superRefine((url, context) => {
      const address = parseRedisUrl(url);
      if ('problem' in address) context.addIssue({ code: 'custom', message: address.problem });
    })
    .default('redis://127.0.0.1:6379')
    .describe(
      'Redis 7 or later, or Valkey: one, behind Sentinels or a Cluster; `fanout-server` starts one where none is named',
    ),
  FANOUT_KEY_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, must('1 to 64 of A-Z a-z 0-9 _ . -'))
    .default('fanout')
    .describe('begins every key'),
  FANOUT_SHARDS: wholeNumber(1, 1024)
    .optional()
    .describe(
      `into how many parts the runs are spread, 1024 at most: 1, or on a Cluster ${shardsOfCluster}; fixed once a deployment exists`,
    ),
  FANOUT_LEASE_MS: wholeNumber(200)
    .default(10_000)
    .describe('a runtime that is silent for this long loses its leases; 200 at least'),
  FANOUT_GRACE_MS: wholeNumber()
    .default(500)
    .describe('a runtime that lost its connection may resume within this time'),
  FANOUT_DRAIN_MS: wholeNumber().default(10_000).describe('how long a shutdown waits for runtimes to finish'),
  FANOUT_MAX_FRAME_BYTES: wholeNumber(65_536, 64_000_000)
    .default(4_000_000)
    .describe('no frame of a stream is larger; 65536 to 64000000'),
  FANOUT_MAX_OUTPUT_BYTES: wholeNumber()
    .default(1_000_000)
    .describe('no single output is larger; at most half a frame'),
  FANOUT_MAX_CALLS: wholeNumber(1, 1_000_000)
    .default(20_000)
    .describe('calls of one connection at once, watches and streams among them; more wait with the caller'),
  FANOUT_CALL_MS: wholeNumber(1_000)
    .default(30_000)
    .describe(
      'how long the body of a request may take to arrive, a call without a deadline to be answered, and an answer to be read; 1000 at least',
    ),
  FANOUT_RUN_STATES: wholeNumber()
    .default(defaultRunLimits.states)
    .describe('states of a run whose graph sets no `limits.states`'),
  FANOUT_RUN_WIDTH: wholeNumber()
    .default(defaultRunLimits.width)
    .describe('outputs of one execution, without `limits.width`'),
  FANOUT_RUN_DEPTH: wholeNumber()
    .default(defaultRunLimits.depth)
    .describe('nodes on the longest way to a state, without `limits.depth`'),
  FANOUT_RUN_PAYLOAD_BYTES: wholeNumber()
    .default(defaultRunLimits.payloadBytes)
    .describe('JSON that a run is given, without `limits.payload_bytes`'),
  FANOUT_RUN_MS: wholeNumber()
    .default(defaultRunLimits.runMs)
    .describe('how long a run may take, without `limits.run_ms`'),
  FANOUT_RETENTION_MS: wholeNumber()
    .default(defaultRunLimits.retentionMs)
    .describe('how long an ended run is kept, without `limits.retention_ms`'),
  FANOUT_MAX_RETENTION_MS: wholeNumber()
    .default(30 * 24 * 3_600_000)
    .describe('no ended run is kept for longer, whatever its graph says'),
  FANOUT_CANCELLED_RETENTION_MS: wholeNumber()
    .default(defaultRunLimits.cancelledRetentionMs)
    .describe('how long a run that ended CANCELLED is kept, and can be retried, if that is less'),
  FANOUT_KEPT_VERSIONS: wholeNumber(1, 1_000)
    .default(20)
    .describe('newest versions of a graph that are kept, beside all that runs use; 1000 at most'),
  FANOUT_NODE_RETENTION_MS: wholeNumber()
    .default(30 * 24 * 3_600_000)
    .describe('how long a node stays registered that no runtime offers and no version of a graph names'),
  FANOUT_QUOTA_STREAMS: wholeNumber()
    .default(1_000)
    .describe('streams of runtimes that a namespace has open at one state manager'),
  FANOUT_QUOTA_WATCHES: wholeNumber()
    .default(20_000)
    .describe(
      'streams of `WatchRun`, `FollowLogs` and `CallRuns` that a namespace has open at one state manager',
    ),
  FANOUT_QUOTA_REQUESTS_PER_SECOND: wholeNumber()
    .default(50_000)
    .describe('requests of a namespace in a second at one state manager'),
  FANOUT_QUOTA_RUNS: wholeNumber().default(1_000_000).describe('runs of a namespace that have not ended'),
  FANOUT_QUOTA_STATES: wholeNumber()
    .default(50_000_000)
    .describe('states of runs of a namespace that have not ended; at the limit no run begins'),
  FANOUT_QUOTA_BYTES: wholeNumber()
    .default(16_000_000_000)
    .describe('JSON that runs of a namespace were given and that is kept; at the limit no run begins'),
  FANOUT_QUOTA_NODES: wholeNumber().default(10_000).describe('nodes that are registered in a namespace'),
  FANOUT_QUOTA_GRAPHS: wholeNumber().default(10_000).describe('graphs that are stored in a namespace'),
  FANOUT_QUOTA_VERSIONS: wholeNumber()
    .default(100_000)
    .describe('versions of graphs that are kept in a namespace'),
  FANOUT_QUOTA_STARTS_PER_SECOND: wholeNumber()
    .default(100)
    .describe('runs of a namespace that ends of others start in a second; what is over waits'),
  FANOUT_QUOTA_DESCENDANTS: wholeNumber()
    .default(1_000)
    .describe('runs that descend from one trigger, the end of one starting the next'),
  FANOUT_RUN_LOG_LINES: wholeNumber(0, 10_000)
    .default(1_000)
    .describe('newest lines of its nodes that a run keeps; 0: none are taken; 10000 at most'),
  FANOUT_RUN_LOG_BYTES: wholeNumber(8_192, 4_000_000)
    .default(256_000)
    .describe('bytes of these lines, if that is less; 8192 to 4000000'),
  FANOUT_LOG_LINES_PER_SECOND: wholeNumber()
    .default(2_000)
    .describe('lines of nodes of a namespace that one state manager takes in a second; more are dropped'),
  FANOUT_LOG_LEVEL: z
    .enum(logLevels, must(`one of ${logLevels.join(', ')}`))
    .default('info')
    .describe('`debug`, `info`, `warn` or `error`'),
  FANOUT_ADMIN_TOKEN: z
    .string()
    .min(16, 'must have at least 16 characters')
    .optional()
    .describe('a bearer token that may do everything, and make others; at least 16 characters'),
  FANOUT_SECRET_KEYS: secretKeys
    .optional()
    .describe('`ID:BASE64` keys for secrets, 32 bytes each, with commas; the first one seals'),
  FANOUT_TLS_CERT: z
    .string()
    .optional()
    .describe('a PEM file to serve TLS with, beside `FANOUT_TLS_KEY`; renewed without a restart'),
  FANOUT_TLS_KEY: z.string().optional().describe('a PEM file with the key of that certificate'),
  FANOUT_TLS_CA: z
    .string()
    .optional()
    .describe('a PEM file, beside both; clients then need a certificate that it has signed'),
});

const schema = settings.superRefine((env, context) => {
  const listen = parseListen(env.FANOUT_LISTEN);
  if (env.FANOUT_ADMIN_TOKEN === undefined && listen && !isLoopback(listen)) {
    context.addIssue({
      code: 'custom',
      path: ['FANOUT_LISTEN'],
      message:
        `"${env.FANOUT_LISTEN}" is for other machines as well, and without tokens everybody there could do anything: ` +
        'set FANOUT_ADMIN_TOKEN, or listen on 127.0.0.1:7600',
    });
  }
  if ((env.FANOUT_TLS_CERT === undefined) !== (env.FANOUT_TLS_KEY === undefined)) {
    context.addIssue({
      code: 'custom',
      path: ['FANOUT_TLS_CERT'],
      message: 'needs FANOUT_TLS_KEY beside it, and the other way round',
    });
  }
  if (env.FANOUT_TLS_CA !== undefined && env.FANOUT_TLS_CERT === undefined) {
    context.addIssue({
      code: 'custom',
      path: ['FANOUT_TLS_CA'],
      message: 'needs FANOUT_TLS_CERT and FANOUT_TLS_KEY beside it: without them nothing is encrypted',
    });
  }
  if (env.FANOUT_MAX_OUTPUT_BYTES > env.FANOUT_MAX_FRAME_BYTES / 2) {
    context.addIssue({
      code: 'custom',
      path: ['FANOUT_MAX_OUTPUT_BYTES'],
      message: 'must be at most half of FANOUT_MAX_FRAME_BYTES',
    });
  }
});

export type Config = Readonly<ReturnType<typeof readConfig>>;

/**
 * Reads the settings, once.
 * @throws FanoutError FIELD_INVALID that names every setting that is wrong
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>) {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => name.startsWith('FANOUT_') && value !== ''),
  );
  const result = schema.safeParse(given);
  const problems = [
    ...unknownSettings(given, Object.keys(settings.shape)),
    ...(result.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`),
  ];
  if (!result.success || problems.length > 0) {
    throw new FanoutError('FIELD_INVALID', `the configuration is wrong: ${problems.join('; ')}`);
  }
  const env = result.data;
  return Object.freeze({
    /** Addresses to serve at: the first one whose port is free. */
    listen: [parseListen(env.FANOUT_LISTEN)!] as readonly [ListenAddress, ...ListenAddress[]],
    redisUrl: env.FANOUT_REDIS_URL,
    keyPrefix: env.FANOUT_KEY_PREFIX,
    shards: env.FANOUT_SHARDS ?? (isCluster(env.FANOUT_REDIS_URL) ? shardsOfCluster : 1),
    timing: { leaseMs: env.FANOUT_LEASE_MS, graceMs: env.FANOUT_GRACE_MS },
    drainMs: env.FANOUT_DRAIN_MS,
    limits: { maxFrameBytes: env.FANOUT_MAX_FRAME_BYTES, maxOutputBytes: env.FANOUT_MAX_OUTPUT_BYTES },
    callLimits: { maxCalls: env.FANOUT_MAX_CALLS, callMs: env.FANOUT_CALL_MS },
    /** Limits of runs whose graph sets none. */
    runLimits: {
      states: env.FANOUT_RUN_STATES,
      width: env.FANOUT_RUN_WIDTH,
      depth: env.FANOUT_RUN_DEPTH,
      payloadBytes: env.FANOUT_RUN_PAYLOAD_BYTES,
      runMs: env.FANOUT_RUN_MS,
      retentionMs: env.FANOUT_RETENTION_MS,
      cancelledRetentionMs: env.FANOUT_CANCELLED_RETENTION_MS,
    },
    maxRetentionMs: env.FANOUT_MAX_RETENTION_MS,
    keptVersions: env.FANOUT_KEPT_VERSIONS,
    nodeRetentionMs: env.FANOUT_NODE_RETENTION_MS,
    /** Limits of namespaces for which no admin has set others. */
    quotas: {
      streams: env.FANOUT_QUOTA_STREAMS,
      watches: env.FANOUT_QUOTA_WATCHES,
      requestsPerSecond: env.FANOUT_QUOTA_REQUESTS_PER_SECOND,
      runs: env.FANOUT_QUOTA_RUNS,
      states: env.FANOUT_QUOTA_STATES,
      bytes: env.FANOUT_QUOTA_BYTES,
      nodes: env.FANOUT_QUOTA_NODES,
      graphs: env.FANOUT_QUOTA_GRAPHS,
      versions: env.FANOUT_QUOTA_VERSIONS,
      startsPerSecond: env.FANOUT_QUOTA_STARTS_PER_SECOND,
      descendants: env.FANOUT_QUOTA_DESCENDANTS,
    },
    logBounds: {
      lines: env.FANOUT_RUN_LOG_LINES,
      bytes: env.FANOUT_RUN_LOG_BYTES,
      perSecond: env.FANOUT_LOG_LINES_PER_SECOND,
    },
    logLevel: env.FANOUT_LOG_LEVEL,
    adminToken: env.FANOUT_ADMIN_TOKEN,
    secretKeys: env.FANOUT_SECRET_KEYS ?? [],
    tls:
      env.FANOUT_TLS_CERT && env.FANOUT_TLS_KEY
        ? { cert: env.FANOUT_TLS_CERT, key: env.FANOUT_TLS_KEY, ca: env.FANOUT_TLS_CA }
        : undefined,
  });
}
