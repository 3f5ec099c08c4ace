import { googleRpc, type RunCallAnswer__Output } from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { millisOf } from './wire-time.ts';

/** One field of a request that breaks a rule. */
export interface Violation {
  /** A path to it, such as `$.nodes[2].inputs.data`. */
  readonly path: string;
  /** The rule, in UPPER_SNAKE_CASE. */
  readonly code: string;
  /** A sentence that says what is wrong, and what to do. */
  readonly description: string;
}

/** A `google.rpc.Status`. */
type WireStatus = NonNullable<RunCallAnswer__Output['failed']>;

interface Details {
  readonly reason?: string;
  readonly violations?: readonly Violation[];
  readonly retryAfterMs?: number | undefined;
  readonly refused?: boolean;
}

/** The refusal of a call by a state manager, or the reason why no answer came. */
export class FanoutError extends Error {
  /** The gRPC status code. */
  readonly code: grpc.status;
  /** Reason in UPPER_SNAKE_CASE, such as GRAPH_NOT_FOUND; empty if the server gave none. */
  readonly reason: string;
  /** All that is wrong with the request; empty if it is something else. */
  readonly violations: readonly Violation[];
  /** Milliseconds from now after which trying again makes sense; undefined: it does not. */
  readonly retryAfterMs: number | undefined;
  /**
   * True: no state manager has begun with it, since none could be reached, or the one that was is shutting down. It may be
   * sent again, whatever it is. False says nothing: what was called may or may not have happened if no answer came.
   */
  readonly refused: boolean;

  /** Node code and tests may make one, too; those of a state manager are read with `from`. */
  constructor(message: string, more: Details & { readonly code: grpc.status; readonly cause?: unknown }) {
    super(message, 'cause' in more ? { cause: more.cause } : undefined);
    this.name = 'FanoutError';
    this.code = more.code;
    this.reason = more.reason ?? '';
    this.violations = more.violations ?? [];
    this.retryAfterMs = more.retryAfterMs;
    this.refused = more.refused ?? more.reason === 'SHUTTING_DOWN';
  }

  /** Reads the error of a gRPC call, details included; `address` is that of the state manager that was called. */
  static from(error: unknown, address?: string): FanoutError {
    if (error instanceof FanoutError) return error;
    const { code = grpc.status.UNKNOWN, details, message, metadata } = error as Partial<grpc.ServiceError>;
    const told = readDetails(metadata);
    const text = details || message || String(error);
    if (code === grpc.status.UNAVAILABLE && told.reason === undefined && address !== undefined)
      return new FanoutError(unreachable(address, text), { code, refused: wasNeverSent(text) });
    // Of a call, the details are all there is to know; its error would show them once more, as bytes.
    return new FanoutError(text, { code, ...told, ...(metadata ? {} : { cause: error }) });
  }

  /** Reads a `google.rpc.Status` that a message carries. */
  static fromStatus(status: WireStatus): FanoutError {
    const { code = grpc.status.UNKNOWN, message = '' } = status;
    return new FanoutError(message, { code, ...readStatus(status) });
  }
}

/** The library's words for a call that had no connection to go on. */
function wasNeverSent(details: string): boolean {
  return /^(No connection established|Name resolution failed)/.test(details);
}

/**
 * A message for a connection that did not come about, or broke: the library's reason without its own words around it.
 */
function unreachable(address: string, details: string): string {
  const why = details
    .replace(/^No connection established\. Last error: (Error: )?/, '')
    .replace(/\.?\s*Resolution note:.*$/s, '')
    .trim();
  return `no state manager answers at ${address} (${why}): start one there, or give the address of another`;
}

/** A state that failed for good, or was cancelled. */
export interface RunFailure {
  /** The place in the graph. */
  readonly identifier: string;
  /** The position of the state in the run; empty: at its start. */
  readonly path: string;
  /** Code in UPPER_SNAKE_CASE. */
  readonly code: string;
  /** Empty if there is nothing to say. */
  readonly message: string;
  /** Places in a node's code from which the error and its causes were thrown; undefined: none were reported. */
  readonly stack?: string | undefined;
}

/** A run that was waited for did not end with SUCCESS. */
export class RunFailed extends Error {
  /** The run that was waited for. */
  readonly runId: string;
  /** FAILED or CANCELLED. */
  readonly status: string;
  /** States that failed for good, the first few; of a run without any: those that were cancelled. */
  readonly failures: readonly RunFailure[];
  /** Number of all of them. */
  readonly failureCount: number;

  /**
   * @param failures the first few, shown in the message
   * @param failureCount the number of all of them, if there are more
   */
  constructor(
    runId: string,
    status: string,
    failures: readonly RunFailure[],
    failureCount = failures.length,
  ) {
    const list = failures.map(({ identifier, path, code, message }) => {
      const where = path === '' ? identifier : `${identifier} at ${path}`;
      return `\n  ${where}: ${message === '' ? code : `${code}: ${message}`}`;
    });
    const untold = failureCount - failures.length;
    const more = untold > 0 ? `\n  and ${untold} more: the client's states() lists all of them` : '';
    super(`run ${runId} ended ${status}${list.join('')}${more}`);
    this.name = 'RunFailed';
    this.runId = runId;
    this.status = status;
    this.failures = failures;
    this.failureCount = failureCount;
  }
}

/** Thrown by a node: trying again would not help, so the retry policy does not apply. */
export class NotRetryable extends Error {
  /** Code in UPPER_SNAKE_CASE. */
  readonly code: string;

  /** @param options.code for those who read the failure; `NODE_ERROR` if absent */
  constructor(message: string, options: { readonly code?: string; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'NotRetryable';
    this.code = options.code ?? 'NODE_ERROR';
  }
}

/** The reason why a node's work is not wanted any more, with which its `signal` is aborted. */
export class Cancelled extends Error {
  /**
   * CANCELLED: by a user. UNITE_DECIDED: a unite does not wait for it any more. SUPERSEDED: what it grew from is
   * retried by hand. TIMEOUT, RUN_TIMEOUT, LEASE_LOST, STOPPING, and others in UPPER_SNAKE_CASE.
   */
  readonly code: string;

  /** @param code in UPPER_SNAKE_CASE */
  constructor(code: string, message: string) {
    super(message);
    this.name = 'Cancelled';
    this.code = code;
  }

  /** Makes one of a reason that a state manager gives. */
  static because(code: string): Cancelled {
    return new Cancelled(code, cancellations[code] ?? `the state manager has taken the work back: ${code}`);
  }
}

const cancellations: Readonly<Record<string, string>> = {
  CANCELLED: 'the run, or this part of it, was cancelled',
  LEASE_LOST: 'the lease was lost: others execute the state, or it has ended',
  RUN_TIMEOUT: 'the run took longer than its limits.runMs',
  SUPERSEDED: 'what this work grew from is retried by hand',
  TIMEOUT: 'the work took longer than the timeoutMs of its place in the graph',
  UNITE_DECIDED: 'a unite was decided without this work',
};

/** Ends a switch over a union: fails to compile when a member is missing. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}

/** `google.rpc.Status` and its details travel as bytes in a trailer. */
function readDetails(metadata: grpc.Metadata | undefined): Details {
  const [packed] = metadata?.get('grpc-status-details-bin') ?? [];
  return Buffer.isBuffer(packed) ? readStatus(googleRpc.Status.deserialize(packed)) : {};
}

function readStatus({ details = [] }: WireStatus): Details {
  let found: Details = {};
  for (const { type_url: type = '', value } of details) {
    if (value) found = { ...found, ...readDetail(type.slice(type.lastIndexOf('/') + 1), value) };
  }
  return found;
}

function readDetail(type: string, value: Buffer): Details {
  switch (type) {
    case 'google.rpc.ErrorInfo':
      return { reason: googleRpc.ErrorInfo.deserialize(value).reason ?? '' };
    case 'google.rpc.BadRequest': {
      const { fieldViolations = [] } = googleRpc.BadRequest.deserialize(value);
      const read = ({ field = '', reason = '', description = '' }) => ({
        path: field,
        code: reason,
        description,
      });
      return { violations: fieldViolations.map(read) };
    }
    case 'google.rpc.RetryInfo': {
      return { retryAfterMs: millisOf(googleRpc.RetryInfo.deserialize(value).retryDelay ?? {}) };
    }
    default:
      return {};
  }
}
