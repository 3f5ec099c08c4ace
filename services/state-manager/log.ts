import type { DestinationStream } from 'pino';
import { pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Something that happened: its name, such as `session_opened`, and fields of `logFields`. */
interface LogEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Writes events. A field that `logFields` does not list is dropped. */
export interface Log {
  debug(event: LogEvent): void;
  info(event: LogEvent): void;
  warn(event: LogEvent): void;
  error(event: LogEvent): void;
}

/** All that a log may contain. User data has no field here: not an input, not an output, not a bearer. */
const logFields: ReadonlySet<string> = new Set([
  'event',
  'error',
  'reason',
  'detail',
  'setting',
  // who and what
  'namespace',
  'graphName',
  'graphVersion',
  'runId',
  'stateId',
  'identifier',
  'nodeName',
  'sessionId',
  'runtimeName',
  'language',
  'tokenId',
  'role',
  'attempt',
  'status',
  // where
  'address',
  'method',
  'peer',
  'shard',
  'script',
  'key',
  'loop',
  'version',
  'pid',
  'signal',
  // how much
  'count',
  'bytes',
  'limitBytes',
  'capacity',
  'inFlight',
  'durationMs',
  'delayMs',
  'graceMs',
  'resumed',
]);

const maxText = 2_000;
/** The folders of our own code: in the repository, and where our packages are installed. */
const ownCode = /(?:\bnode_modules\/@fanout|\b(?:services|proto))\//;

/** The frames of a stack that lie in our own code, without the folder that it happens to be in. */
function ownStack(stack: string): string[] {
  const frames: string[] = [];
  for (const line of stack.split('\n')) {
    const at = line.trim();
    if (!at.startsWith('at ') || at.replace('node_modules/@fanout/', '').includes('node_modules/')) continue;
    const start = at.search(ownCode);
    if (start < 0) continue;
    const place = at.slice(start).replace(/\)$/, '');
    const bracket = at.indexOf(' (');
    frames.push(bracket < 0 ? place : `${at.slice(3, bracket)} ${place}`);
  }
  return frames;
}

function describeError(error: Error): object {
  return {
    name: error.name,
    message: error.message.slice(0, maxText),
    stack: ownStack(error.stack ?? ''),
    ...(error.cause instanceof Error ? { cause: describeError(error.cause) } : {}),
  };
}

/**
 * The part of a value that may be written: scalars, lists of them, and errors; never an object, whose fields are not
 * listed here.
 */
function writable(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return value.slice(0, maxText);
    case 'number':
    case 'boolean':
      return value;
    case 'bigint':
      return String(value);
    default:
      if (value instanceof Error) return describeError(value);
      if (Array.isArray(value))
        return value.slice(0, 100).map((item) => (typeof item === 'object' ? undefined : writable(item)));
      return undefined;
  }
}

function listed(event: LogEvent): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  for (const field of Object.keys(event)) {
    if (logFields.has(field)) line[field] = writable(event[field]);
  }
  return line;
}

/**
 * A log that writes JSON lines.
 * @param destination where the lines go; stdout if absent
 */
export function createLog(options: { readonly level: LogLevel }, destination?: DestinationStream): Log {
  const lines = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
  return {
    debug: (event) => {
      if (lines.isLevelEnabled('debug')) lines.debug(listed(event));
    },
    info: (event) => {
      if (lines.isLevelEnabled('info')) lines.info(listed(event));
    },
    warn: (event) => {
      if (lines.isLevelEnabled('warn')) lines.warn(listed(event));
    },
    error: (event) => {
      if (lines.isLevelEnabled('error')) lines.error(listed(event));
    },
  };
}
