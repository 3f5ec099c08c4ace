/** Errors as people and programs read them: a message, a next step, an exit code. Never a stack trace. */
import { FanoutError, type Violation } from '@fanout/runtime';
import { status } from '@grpc/grpc-js';
import { type ExitCode, exitCodes } from './exit-codes.ts';

/** An argument, an option or a file that is wrong. */
export class UsageError extends Error {
  /** A sentence that says what to do; undefined: the message does. */
  readonly next: string | undefined;

  constructor(message: string, next?: string) {
    super(message);
    this.name = 'UsageError';
    this.next = next;
  }
}

/** The end of a command by Ctrl-C, with what goes on without it. */
export class Interrupted extends Error {
  readonly next: string;

  constructor(message: string, next: string) {
    super(message);
    this.name = 'Interrupted';
    this.next = next;
  }
}

export interface Explained {
  readonly exitCode: ExitCode;
  readonly message: string;
  /** UPPER_SNAKE_CASE; empty if there is none. */
  readonly reason: string;
  readonly violations: readonly Violation[];
  /** The next step; undefined: the message says what to do. */
  readonly next: string | undefined;
}

const exitCodeByStatus: Readonly<Partial<Record<status, ExitCode>>> = {
  [status.INVALID_ARGUMENT]: exitCodes.usage,
  [status.OUT_OF_RANGE]: exitCodes.usage,
  [status.NOT_FOUND]: exitCodes.notFound,
  [status.UNAUTHENTICATED]: exitCodes.refused,
  [status.PERMISSION_DENIED]: exitCodes.refused,
  [status.UNAVAILABLE]: exitCodes.unavailable,
  [status.DEADLINE_EXCEEDED]: exitCodes.unavailable,
  [status.FAILED_PRECONDITION]: exitCodes.conflict,
  [status.ALREADY_EXISTS]: exitCodes.conflict,
  [status.ABORTED]: exitCodes.conflict,
  [status.RESOURCE_EXHAUSTED]: exitCodes.limit,
};

const nextByReason: Readonly<Record<string, string>> = {
  GRAPH_NOT_FOUND:
    '"fanout graph list" shows the graphs of the namespace, "fanout graph put NAME FILE" stores one.',
  GRAPH_IN_USE: '"fanout run list --graph NAME" shows its runs: wait for them, or cancel them.',
  GRAPH_INVALID: 'Mend the file; "fanout graph validate NAME FILE" checks it and stores nothing.',
  INPUT_INVALID: '"fanout graph get NAME" shows the graph, "fanout node list" what its nodes take.',
  RUN_NOT_FOUND: '"fanout run list" shows the runs of the namespace; --namespace names another one.',
  RUN_NOT_ENDED: '"fanout run cancel RUN" ends it, "fanout run watch RUN" waits for its end.',
  STATE_NOT_FOUND: '"fanout states RUN" lists the states of a run.',
  STATE_NOT_RETRYABLE: '"fanout failures RUN" shows what can be retried.',
  TOKEN_NOT_FOUND: '"fanout token list" shows the tokens of the namespace.',
  IDEMPOTENCY_CONFLICT: 'Give the inputs that the key was first used with, or another --key.',
  SCHEDULE_NOT_FOUND:
    '"fanout schedule list GRAPH" shows them; name one behind the graph: "fanout schedule pause GRAPH SCHEDULE".',
  SCHEDULE_INVALID: 'Give five fields, or six with the second in front, such as "30 3 * * MON-FRI".',
  BACKFILL_UNDER_WAY:
    '"fanout schedule list GRAPH" tells how far it is, "fanout schedule stop-backfill GRAPH" ends it.',
  JOB_NOT_FOUND: '"fanout runs jobs" lists the jobs of the namespace; each is kept for a day after its end.',
  TOO_MANY_JOBS: '"fanout runs jobs" lists them: wait for one, or end it with "fanout runs stop JOB".',
  NOT_UNITED: '"fanout explain RUN" shows all unites of the run.',
  QUOTA_EXCEEDED: '"fanout usage" shows every quota and how much of it is used.',
  PERMISSION_DENIED: 'Give a token of the right role and namespace: --token-file FILE or FANOUT_TOKEN.',
};

const nextByStatus: Readonly<Partial<Record<status, string>>> = {
  [status.UNAUTHENTICATED]: 'Give a token that is valid: --token-file FILE or FANOUT_TOKEN.',
  [status.UNAVAILABLE]:
    '"fanout dev" starts a state manager here; --address HOST:PORT or FANOUT_ADDRESS names another one.',
  [status.DEADLINE_EXCEEDED]: 'Try again; "fanout doctor" tells whether the state manager is well.',
};

/** Explains whatever a command has thrown. */
export function explainError(error: unknown): Explained {
  if (error instanceof FanoutError) {
    const { code, message, reason, violations } = error;
    const exitCode = exitCodeByStatus[code] ?? exitCodes.internal;
    return { exitCode, message, reason, violations, next: nextByReason[reason] ?? nextByStatus[code] };
  }
  const message = error instanceof Error ? error.message : String(error);
  const rest = { message, reason: '', violations: [] };
  if (error instanceof UsageError) return { ...rest, exitCode: exitCodes.usage, next: error.next };
  if (error instanceof Interrupted) return { ...rest, exitCode: exitCodes.interrupted, next: error.next };
  return {
    ...rest,
    exitCode: exitCodes.internal,
    next: 'This is a fault of the command line: please report it, with the command that shows it.',
  };
}
