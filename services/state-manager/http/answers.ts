/** Answers, and errors as answers. */
import { googleRpc, type Protocol } from '@fanout/proto';
import { status as code, type Metadata } from '@grpc/grpc-js';
import { FanoutError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type CallStatus, loggedError, toStatus } from '../transport/errors-to-grpc.ts';
import { CallerGone, leaveBody } from './body.ts';
import { type Any, writeAny } from './codec/write-json.ts';
import { breakOff, type Exchange } from './exchange.ts';

/** A request for what is not there, or not by that method. */
export class NoSuchResource extends Error {
  readonly httpStatus: 404 | 405;
  readonly allowed: string;

  /** @param allowed the methods that there are; absent: there is no such resource */
  constructor(message: string, allowed = '') {
    super(message);
    this.httpStatus = allowed === '' ? 404 : 405;
    this.allowed = allowed;
  }
}

const httpStatuses: Readonly<Record<code, number>> = {
  [code.OK]: 200,
  [code.CANCELLED]: 499,
  [code.UNKNOWN]: 500,
  [code.INVALID_ARGUMENT]: 400,
  [code.DEADLINE_EXCEEDED]: 504,
  [code.NOT_FOUND]: 404,
  [code.ALREADY_EXISTS]: 409,
  [code.PERMISSION_DENIED]: 403,
  [code.RESOURCE_EXHAUSTED]: 429,
  [code.FAILED_PRECONDITION]: 400,
  [code.ABORTED]: 409,
  [code.OUT_OF_RANGE]: 400,
  [code.UNIMPLEMENTED]: 501,
  [code.INTERNAL]: 500,
  [code.UNAVAILABLE]: 503,
  [code.DATA_LOSS]: 500,
  [code.UNAUTHENTICATED]: 401,
};

/** An error as callers of HTTP get it: a `google.rpc.Status` in JSON. */
interface JsonStatus {
  readonly code: number;
  readonly message: string;
  readonly details: readonly Record<string, unknown>[];
}

/** The status of a call that a handler has ended, or of whatever else was thrown, which is logged. */
function toJsonStatus(
  thrown: unknown,
  protocol: Protocol,
  log: Log,
  where: Readonly<Record<string, unknown>>,
): JsonStatus {
  const { code: number, message, details } = wireStatusOf(thrown, log, where);
  return {
    code: number ?? code.UNKNOWN,
    message: message ?? '',
    details: (details ?? []).map((detail) => writeAny(protocol, detail as Any)),
  };
}

function wireStatusOf(thrown: unknown, log: Log, where: Readonly<Record<string, unknown>>) {
  if (!isCallStatus(thrown)) return toStatus(loggedError(thrown, log, where));
  const [packed] = thrown.metadata.get('grpc-status-details-bin');
  return packed === undefined
    ? { code: thrown.code, message: thrown.details, details: [] }
    : googleRpc.Status.deserialize(packed as Buffer);
}

function isCallStatus(thrown: unknown): thrown is CallStatus {
  return !(thrown instanceof Error) && (thrown as { metadata?: Metadata }).metadata !== undefined;
}

/** The status of HTTP for an error. */
function httpStatusOf({ code: number, details }: JsonStatus): number {
  // What is too large is so the next time as well: it is not to be tried again, as a quota is.
  if (details.some(({ reason }) => reason === 'REQUEST_TOO_LARGE')) return 413;
  return httpStatuses[number as code] ?? 500;
}

export interface Answers {
  /** Sends an answer, and gives its reader the time that it may take. */
  send(exchange: Exchange, httpStatus: number, contentType: string, body: string): void;
  json(exchange: Exchange, httpStatus: number, value: unknown): void;
  /** Sends whatever was thrown as an answer; an answer that has begun is broken off. */
  error(exchange: Exchange, thrown: unknown): void;
  /** The status that tells of whatever was thrown. */
  statusOf(exchange: Exchange, thrown: unknown): JsonStatus;
}

/** @param readMs time for an answer to be read, milliseconds */
export function createAnswers(options: {
  readonly protocol: () => Protocol;
  readonly log: Log;
  readonly readMs: number;
}): Answers {
  const { log, readMs } = options;

  function send(exchange: Exchange, httpStatus: number, contentType: string, body: string): void {
    const { response, closed } = exchange;
    if (closed.aborted) return;
    leaveBody(exchange);
    response.statusCode = httpStatus;
    response.setHeader('content-type', contentType);
    response.setHeader('content-length', Buffer.byteLength(body));
    response.end(body);
    const late = setTimeout(() => breakOff(exchange), readMs);
    closed.addEventListener('abort', () => clearTimeout(late));
  }

  function json(exchange: Exchange, httpStatus: number, value: unknown): void {
    send(exchange, httpStatus, 'application/json; charset=utf-8', `${JSON.stringify(value)}\n`);
  }

  function statusOf({ path, peer }: Exchange, thrown: unknown): JsonStatus {
    return toJsonStatus(thrown, options.protocol(), log, { method: path, peer });
  }

  function refuse(exchange: Exchange, thrown: unknown): void {
    const { response } = exchange;
    const told = statusOf(exchange, thrown);
    const retryMs = thrown instanceof FanoutError ? thrown.retryAfterMs : retryDelayMs(told);
    if (retryMs !== undefined) response.setHeader('retry-after', Math.ceil(retryMs / 1_000));
    if (told.code === code.UNAUTHENTICATED) response.setHeader('www-authenticate', 'Bearer');
    json(exchange, httpStatusOf(told), told);
  }

  return {
    send,
    json,
    statusOf,
    error(exchange, thrown) {
      if (thrown instanceof CallerGone) return;
      if (exchange.response.headersSent) {
        statusOf(exchange, thrown);
        breakOff(exchange);
      } else if (thrown instanceof NoSuchResource) {
        const { httpStatus, message, allowed } = thrown;
        if (allowed !== '') exchange.response.setHeader('allow', allowed);
        json(exchange, httpStatus, { code: code.UNIMPLEMENTED, message, details: [] });
      } else refuse(exchange, thrown);
    },
  };
}

/** Milliseconds of the RetryInfo among the details. */
function retryDelayMs({ details }: JsonStatus): number | undefined {
  const info = details.find(({ retryDelay }) => retryDelay !== undefined);
  return info && Number.parseFloat(String(info.retryDelay)) * 1_000;
}
