import { googleRpc, type RunCallAnswer } from '@fanout/proto';
import { Metadata, status } from '@grpc/grpc-js';
import type { ErrorReason, FieldViolation } from '../errors.ts';
import { FanoutError } from '../errors.ts';
import type { Log } from '../log.ts';
import { toDuration } from './codec/time.ts';

/** The end of a call: the three parts of a gRPC status. */
export interface CallStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/** A `google.rpc.Status`. */
export type WireStatus = NonNullable<RunCallAnswer['failed']>;

const codes: Readonly<Record<ErrorReason, status>> = {
  BACKFILL_UNDER_WAY: status.FAILED_PRECONDITION,
  CALL_TIMEOUT: status.DEADLINE_EXCEEDED,
  FIELD_INVALID: status.INVALID_ARGUMENT,
  FRAME_INVALID: status.INVALID_ARGUMENT,
  GRAPH_INVALID: status.INVALID_ARGUMENT,
  GRAPH_IN_USE: status.FAILED_PRECONDITION,
  GRAPH_NOT_FOUND: status.NOT_FOUND,
  HELLO_EXPECTED: status.INVALID_ARGUMENT,
  HELLO_INVALID: status.INVALID_ARGUMENT,
  IDEMPOTENCY_CONFLICT: status.ALREADY_EXISTS,
  INPUT_INVALID: status.INVALID_ARGUMENT,
  INPUT_NOT_ITERATOR: status.INVALID_ARGUMENT,
  JOB_NOT_FOUND: status.NOT_FOUND,
  NAMESPACE_INVALID: status.INVALID_ARGUMENT,
  NOT_UNITED: status.INVALID_ARGUMENT,
  PAGE_TOKEN_INVALID: status.INVALID_ARGUMENT,
  PERMISSION_DENIED: status.PERMISSION_DENIED,
  PROTOCOL_VERSION: status.FAILED_PRECONDITION,
  QUOTA_EXCEEDED: status.RESOURCE_EXHAUSTED,
  READER_STALLED: status.UNAVAILABLE,
  REQUEST_TOO_LARGE: status.RESOURCE_EXHAUSTED,
  RUN_NOT_ENDED: status.FAILED_PRECONDITION,
  RUN_NOT_FOUND: status.NOT_FOUND,
  SCHEDULE_NOT_FOUND: status.NOT_FOUND,
  SESSION_EXPIRED: status.UNAVAILABLE,
  SESSION_SUPERSEDED: status.ABORTED,
  SHUTTING_DOWN: status.UNAVAILABLE,
  STALE_LEASE: status.FAILED_PRECONDITION,
  STATE_NOT_FOUND: status.NOT_FOUND,
  STATE_NOT_RETRYABLE: status.FAILED_PRECONDITION,
  STORAGE_FULL: status.RESOURCE_EXHAUSTED,
  STORAGE_UNAVAILABLE: status.UNAVAILABLE,
  STORAGE_UNSUITABLE: status.FAILED_PRECONDITION,
  STORE_INVALID: status.INVALID_ARGUMENT,
  TOKEN_INVALID: status.UNAUTHENTICATED,
  TOKEN_NOT_FOUND: status.NOT_FOUND,
  TOO_MANY_CALLS: status.RESOURCE_EXHAUSTED,
  TOO_MANY_JOBS: status.RESOURCE_EXHAUSTED,
  TOO_MANY_MARKS: status.RESOURCE_EXHAUSTED,
  INTERNAL: status.INTERNAL,
};

/**
 * Details travel as a trailer, in base64, and some clients refuse more than 8 KiB of trailers: what would not
 * fit is counted instead.
 */
const detailsBudget = 4_600;
const messageBudget = 1_500;
const internalMessage = 'an internal error occurred; the log of the state manager has it';

/** The text as trailers can carry it: well-formed, and not too long once it is percent-encoded. */
function trailerText(text: string): string {
  let bounded = Buffer.from(text.slice(0, messageBudget)).toString();
  while (encodeURI(bounded).length > messageBudget) {
    bounded = Buffer.from(bounded.slice(0, Math.floor(bounded.length * 0.75))).toString();
  }
  return bounded.length < text.length ? `${bounded} …` : bounded;
}

function packed(typeName: string, value: Buffer): { type_url: string; value: Buffer } {
  return { type_url: `type.googleapis.com/${typeName}`, value };
}

function badRequest(violations: readonly FieldViolation[], budget: number): { value: Buffer; left: number } {
  const fits: { field: string; description: string; reason: string }[] = [];
  let bytes = 0;
  for (const { path, code, description } of violations) {
    const next = {
      field: path.slice(0, 500),
      description: description.slice(0, 500),
      reason: code.slice(0, 100),
    };
    bytes += Buffer.byteLength(next.field) + Buffer.byteLength(next.description) + next.reason.length + 16;
    if (bytes > budget) break;
    fits.push(next);
  }
  return {
    value: googleRpc.BadRequest.serialize({ fieldViolations: fits }),
    left: violations.length - fits.length,
  };
}

/** The status that tells a caller of an error, with `google.rpc` details. An INTERNAL error tells nothing else. */
export function toStatus(
  error: FanoutError,
): WireStatus & { readonly code: status; readonly message: string } {
  const code = codes[error.reason];
  const message = trailerText(error.reason === 'INTERNAL' ? internalMessage : error.message);
  const details: { type_url: string; value: Buffer }[] = [];
  const about: Record<string, string> = {};
  if (error.violations.length > 0 && error.reason !== 'INTERNAL') {
    const { value, left } = badRequest(error.violations, detailsBudget - Buffer.byteLength(message));
    details.push(packed('google.rpc.BadRequest', value));
    if (left > 0) about.violationsLeftOut = String(left);
  }
  details.unshift(
    packed(
      'google.rpc.ErrorInfo',
      googleRpc.ErrorInfo.serialize({ reason: error.reason, domain: 'fanout', metadata: about }),
    ),
  );
  if (error.retryAfterMs !== undefined) {
    const retryDelay = toDuration(error.retryAfterMs);
    details.push(packed('google.rpc.RetryInfo', googleRpc.RetryInfo.serialize({ retryDelay })));
  }
  return { code, message, details };
}

/** The end of a call that tells of an error. */
export function toCallStatus(error: FanoutError): CallStatus {
  const told = toStatus(error);
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', googleRpc.Status.serialize(told));
  return { code: told.code, details: told.message, metadata };
}

/**
 * The error for whatever was thrown. Here an error stops, so here it is logged, once: what is ours at `error`,
 * what storage does to us at `warn`, what callers do wrong at `debug`.
 */
export function loggedError(
  thrown: unknown,
  log: Log,
  where: Readonly<Record<string, unknown>>,
): FanoutError {
  const error = FanoutError.from(thrown);
  const { reason } = error;
  if (reason === 'INTERNAL') {
    log.error({ event: 'call_failed', ...where, reason, error: thrown });
  } else if (reason.startsWith('STORAGE_')) {
    log.warn({ event: 'call_failed', ...where, reason, error });
  } else {
    log.debug({ event: 'call_refused', ...where, reason });
  }
  return error;
}

/** The end of a call for whatever was thrown, which is logged. */
export function endingOf(thrown: unknown, log: Log, where: Readonly<Record<string, unknown>>): CallStatus {
  return toCallStatus(loggedError(thrown, log, where));
}
