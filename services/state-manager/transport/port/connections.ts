/** Limits of the HTTP/2 below gRPC, which the library does not have: of time and of bytes, for whoever calls. */

import type { Http2Server, Http2Session, ServerHttp2Stream } from 'node:http2';
import { constants, type IncomingHttpHeaders } from 'node:http2';
import { FanoutError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { type CallStatus, endingOf } from '../errors-to-grpc.ts';
import { bodyLimit, isRequestStream, isUnary } from '../methods.ts';

/** Time between two looks at what is open, milliseconds. */
const lookEveryMs = 1_000;
/** Bodies that one connection may have under way at once, in messages of the largest size. */
const largeBodiesAtOnce = 8;

/** A call, as HTTP/2 sees it. */
interface OpenCall {
  readonly stream: ServerHttp2Stream;
  readonly path: string;
  readonly openedAt: number;
  /** The caller has set a deadline, which the library keeps. */
  readonly hasDeadline: boolean;
  /** Time at which its body was first read; undefined: it waits until it is let in, or for its turn. */
  readSince: number | undefined;
  /** Bytes of the body so far. */
  receivedBytes: number;
  /** Bytes that the last look found waiting for the reader, and since when they are as many. */
  unreadBytes: number;
  unreadSince: number;
  /** Its answer had been sent whole, before its body had ended, at the last look. */
  wasAnswered: boolean;
}

export interface Connections {
  /** Watches over the calls of a server. */
  watch(server: Http2Server): void;
  stop(): void;
}

export interface ConnectionLimits {
  /** No message is larger, bytes. */
  readonly maxMessageBytes: number;
  /** Time for a body to arrive, for an answer to be made without a deadline of the caller's, and to be read, milliseconds. */
  readonly callMs: number;
}

/** Ends a call with a status if nothing of an answer is on its way, and with an error of HTTP/2 otherwise. */
function endCall(stream: ServerHttp2Stream, { code, details, metadata }: CallStatus): void {
  if (stream.destroyed || stream.closed) return;
  if (stream.headersSent) {
    stream.close(constants.NGHTTP2_CANCEL);
    return;
  }
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc+proto',
      'grpc-status': code,
      'grpc-message': encodeURI(details),
      ...metadata.toHttp2Headers(),
    },
    { endStream: true },
  );
  stream.close(constants.NGHTTP2_NO_ERROR);
}

/** Watches over all connections of a server, with one timer. */
export function createConnections(limits: ConnectionLimits, log: Log): Connections {
  const { maxMessageBytes, callMs } = limits;
  const calls = new Set<OpenCall>();
  /** Bytes of bodies that have not ended. */
  const underWay = new WeakMap<Http2Session, number>();
  let timer: NodeJS.Timeout | undefined;

  function refuse({ stream, path }: OpenCall, error: FanoutError): void {
    endCall(stream, endingOf(error, log, { method: path, peer: peerOf(stream.session) }));
  }

  function addUnderWay(session: Http2Session, bytes: number): number {
    const sum = (underWay.get(session) ?? 0) + bytes;
    underWay.set(session, sum);
    return sum;
  }

  /** Counts the body of a call, and ends one that is too much. */
  function countBody(call: OpenCall, session: Http2Session): void {
    const { stream, path } = call;
    const limit = bodyLimit(path, maxMessageBytes);
    if (limit === Number.POSITIVE_INFINITY) return;
    stream.on('data', (chunk: Buffer) => {
      if (stream.closed || stream.writableEnded) return;
      call.receivedBytes += chunk.length;
      const sum = addUnderWay(session, chunk.length);
      if (call.receivedBytes > limit + prefixBytes) refuse(call, tooLarge(path, limit));
      else if (sum > largeBodiesAtOnce * maxMessageBytes) refuse(call, tooManyBodies(maxMessageBytes));
    });
    const forget = (): void => {
      addUnderWay(session, -call.receivedBytes);
      call.receivedBytes = 0;
    };
    stream.once('end', forget);
    stream.once('close', forget);
  }

  function open(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const { session } = stream;
    if (session === undefined || stream.destroyed) return;
    const now = performance.now();
    const call: OpenCall = {
      stream,
      path: headers[':path'] ?? '',
      openedAt: now,
      hasDeadline: headers['grpc-timeout'] !== undefined,
      readSince: undefined,
      receivedBytes: 0,
      unreadBytes: 0,
      unreadSince: now,
      wasAnswered: false,
    };
    calls.add(call);
    stream.once('close', () => calls.delete(call));
    countBody(call, session);
  }

  /** The reader has taken no whole message for as long as it may. */
  function isStalled(call: OpenCall, now: number): boolean {
    const unread = call.stream.writableLength;
    if (unread === 0 || unread !== call.unreadBytes) {
      call.unreadBytes = unread;
      call.unreadSince = now;
    }
    return now - call.unreadSince > callMs;
  }

  function look(call: OpenCall, now: number): void {
    const { stream, path } = call;
    if (stream.destroyed || stream.closed) return;
    const isLate = now - call.openedAt > callMs;
    const hasBody = stream.readableEnded;
    if (stream.readableFlowing) call.readSince ??= now;
    const isBodyLate = call.readSince !== undefined && now - call.readSince > callMs;
    if (isStalled(call, now)) stream.close(constants.NGHTTP2_CANCEL);
    // A caller ends its side when it has its answer; one that does not would keep what it has sent here.
    else if (stream.writableFinished && !hasBody && call.wasAnswered)
      stream.close(constants.NGHTTP2_NO_ERROR);
    else if (isBodyLate && !hasBody && !isRequestStream(path)) refuse(call, bodyLate(callMs));
    else if (isLate && !call.hasDeadline && isUnary(path) && !stream.headersSent)
      refuse(call, answerLate(callMs));
    call.wasAnswered = stream.writableFinished;
  }

  return {
    watch(server) {
      server.on('stream', open);
      timer = setInterval(() => {
        const now = performance.now();
        for (const call of calls) look(call, now);
      }, lookEveryMs).unref();
    },
    stop: () => clearInterval(timer),
  };
}

/** Bytes that gRPC puts before a message. */
const prefixBytes = 5;

function peerOf(session: Http2Session | undefined): string {
  if (session === undefined || session.destroyed) return 'unknown';
  const { remoteAddress, remotePort } = session.socket;
  return `${remoteAddress}:${remotePort}`;
}

function tooLarge(path: string, limit: number): FanoutError {
  return new FanoutError(
    'REQUEST_TOO_LARGE',
    `the body of the request has more than the ${limit} bytes that ${path} takes: send less`,
  );
}

function tooManyBodies(maxMessageBytes: number): FanoutError {
  return new FanoutError(
    'TOO_MANY_CALLS',
    `bodies of more than ${largeBodiesAtOnce * maxMessageBytes} bytes are under way on this connection: send fewer large requests at once`,
    { retryAfterMs: 1_000 },
  );
}

function bodyLate(callMs: number): FanoutError {
  return new FanoutError(
    'CALL_TIMEOUT',
    `the body of the request was not complete within ${callMs} ms: send it faster, or in smaller parts`,
  );
}

function answerLate(callMs: number): FanoutError {
  return new FanoutError(
    'CALL_TIMEOUT',
    `the call was not answered within ${callMs} ms: set a deadline that is longer, if that helps, and try again`,
  );
}
