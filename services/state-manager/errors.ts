/** Reasons that errors carry to callers: a closed list, `ErrorInfo.reason` on the wire. */
export type ErrorReason =
  | 'BACKFILL_UNDER_WAY'
  | 'CALL_TIMEOUT'
  | 'FIELD_INVALID'
  | 'FRAME_INVALID'
  | 'GRAPH_INVALID'
  | 'GRAPH_IN_USE'
  | 'GRAPH_NOT_FOUND'
  | 'HELLO_EXPECTED'
  | 'HELLO_INVALID'
  | 'IDEMPOTENCY_CONFLICT'
  | 'INPUT_INVALID'
  | 'INPUT_NOT_ITERATOR'
  | 'JOB_NOT_FOUND'
  | 'NAMESPACE_INVALID'
  | 'NOT_UNITED'
  | 'PAGE_TOKEN_INVALID'
  | 'PERMISSION_DENIED'
  | 'PROTOCOL_VERSION'
  | 'QUOTA_EXCEEDED'
  | 'READER_STALLED'
  | 'REQUEST_TOO_LARGE'
  | 'RUN_NOT_ENDED'
  | 'RUN_NOT_FOUND'
  | 'SCHEDULE_NOT_FOUND'
  | 'SESSION_EXPIRED'
  | 'SESSION_SUPERSEDED'
  | 'SHUTTING_DOWN'
  | 'STALE_LEASE'
  | 'STATE_NOT_FOUND'
  | 'STATE_NOT_RETRYABLE'
  | 'STORAGE_FULL'
  | 'STORAGE_UNAVAILABLE'
  | 'STORAGE_UNSUITABLE'
  | 'STORE_INVALID'
  | 'TOKEN_INVALID'
  | 'TOKEN_NOT_FOUND'
  | 'TOO_MANY_CALLS'
  | 'TOO_MANY_JOBS'
  | 'TOO_MANY_MARKS'
  | 'INTERNAL';

/** One field of a request that breaks a rule. */
export interface FieldViolation {
  /** A path to the field, such as `$.nodes[2].inputs.data`. */
  readonly path: string;
  /** The rule, in UPPER_SNAKE_CASE. */
  readonly code: string;
  /** One sentence that names the thing, the rule, and what to do. */
  readonly description: string;
}

/** An error for a caller. Its message names the thing, the rule, and what to do. */
export class FanoutError extends Error {
  readonly reason: ErrorReason;
  readonly violations: readonly FieldViolation[];
  /** Milliseconds from now after which trying again makes sense; undefined: it does not. */
  readonly retryAfterMs: number | undefined;

  constructor(
    reason: ErrorReason,
    message: string,
    more: { violations?: readonly FieldViolation[]; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'FanoutError';
    this.reason = reason;
    this.violations = more.violations ?? [];
    this.retryAfterMs = more.retryAfterMs;
  }

  /** The error as it is, or an INTERNAL one that has it as its cause. */
  static from(error: unknown): FanoutError {
    if (error instanceof FanoutError) return error;
    return new FanoutError('INTERNAL', 'an internal error occurred; the log of the state manager has it', {
      cause: error,
    });
  }
}

/**
 * Tells a caller that this state manager ends: another one, or this one after its restart, goes on.
 * @param retryAfterMs undefined: at once, as a runtime should, whose leases last no longer than its grace
 */
export function shuttingDown(retryAfterMs?: number): FanoutError {
  return new FanoutError('SHUTTING_DOWN', 'this state manager is shutting down: connect to another one', {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** True if storage is away or full: that passes, and says nothing of what was tried. A quota is its namespace's own. */
export function isPassing(error: unknown): boolean {
  const { reason, retryAfterMs } = FanoutError.from(error);
  return retryAfterMs !== undefined && reason !== 'QUOTA_EXCEEDED';
}

/** Ends a switch over a union: fails to compile when a member is missing. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
