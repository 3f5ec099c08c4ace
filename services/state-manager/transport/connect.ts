import type { ConnectRequest__Output, ConnectResponse } from '@fanout/proto';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { DownFrame, UpFrame } from '../domain/model/stream.ts';
import type { SessionStream } from '../engine/ports/api.ts';
import { FanoutError } from '../errors.ts';
import { resolveNamespace } from './authorize.ts';
import { encodeDownFrame } from './codec/down-frames.ts';
import { decodeHello } from './codec/hello.ts';
import { decodeUpFrame } from './codec/up-frames.ts';
import type { Context } from './context.ts';
import { endingOf } from './errors-to-grpc.ts';
import { partsOf } from './frame-parts.ts';
import { createOutlet, stallMs } from './outlet.ts';
import { countUnanswered } from './unanswered.ts';

export type ConnectCall = ServerDuplexStream<ConnectRequest__Output, ConnectResponse>;

/** Time within which a runtime has to say hello, milliseconds. */
const helloMs = 10_000;

export interface Connection {
  /** Ends the stream with the error. */
  end(error: FanoutError): void;
}

/**
 * Serves one stream of a runtime, from its hello to its end, whichever side or fault ends it.
 * @param onClosed called once, when the stream is gone
 */
export function connect(context: Context, call: ConnectCall, onClosed: () => void): Connection {
  const { engine, log, limits, rechecks, callerOf } = context;
  const where = { method: call.getPath(), peer: call.getPeer() };
  const caller = callerOf(call.metadata);
  let isOpening = false;
  /** A frame is being taken in, part by part. */
  let isTakingIn = false;
  let isClosed = false;
  let stream: SessionStream | undefined;
  let leaveQuota = (): void => {};

  const outlet = createOutlet<ConnectResponse>(call, {
    maxFrameBytes: limits.maxFrameBytes,
    endingOf: (error) => endingOf(error, log, where),
    stalled: () =>
      new FanoutError(
        'SESSION_EXPIRED',
        `the runtime has not read for ${stallMs / 1_000} s: connect again, and read`,
      ),
    onOversize: (bytes) =>
      log.error({ event: 'frame_oversize', ...where, bytes, limitBytes: limits.maxFrameBytes }),
    onFlow: steer,
    onEnd: close,
  });
  const unanswered = countUnanswered({ maxFrameBytes: limits.maxFrameBytes, onFlow: steer });
  const stopLooking = rechecks.add(call, (error) => outlet.end(error));
  const helloTimer = setTimeout(() => outlet.end(helloExpected(`within ${helloMs / 1_000} s`)), helloMs);

  function helloExpected(rule: string): FanoutError {
    const description = `the first frame must be a hello, ${rule}`;
    return new FanoutError('HELLO_EXPECTED', description, {
      violations: [{ path: 'hello', code: 'HELLO_EXPECTED', description }],
    });
  }

  /** Frames wait in the call, and so with the runtime, while a session opens, a frame is taken in, or the way up or down is full. */
  function steer(): void {
    if (isOpening || isTakingIn || unanswered.isFull || outlet.isFull) call.pause();
    else call.resume();
  }

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(helloTimer);
    stopLooking();
    leaveQuota();
    outlet.end();
    stream?.closed();
    onClosed();
  }

  function send(frame: DownFrame): void {
    if (!outlet.isEnded) outlet.send(encodeDownFrame(frame, limits.maxFrameBytes));
    unanswered.answered(frame);
  }

  async function open(message: ConnectRequest__Output): Promise<void> {
    const { hello } = message;
    if (message.frame !== 'hello' || hello === undefined) throw helloExpected('and nothing before it');
    const namespace = resolveNamespace(caller, hello.namespace);
    await engine.quotas.countRequest(namespace);
    leaveQuota = await engine.quotas.enter(namespace, 'streams');
    // It may have closed meanwhile.
    if (isClosed) return leaveQuota();
    const opened = await engine.sessions.open(decodeHello(hello, namespace), {
      send,
      end: outlet.end,
      get isFull() {
        return outlet.isFull;
      },
    });
    if (isClosed) opened.closed();
    else stream = opened;
  }

  function receive(message: ConnectRequest__Output): void {
    if (outlet.isEnded) return;
    if (stream !== undefined) {
      takeIn(stream, partsOf(decodeUpFrame(message, limits.maxOutputBytes)));
    } else {
      clearTimeout(helloTimer);
      isOpening = true;
      steer();
      open(message)
        .catch(fail)
        .finally(() => {
          isOpening = false;
          if (!outlet.isEnded) steer();
        });
    }
  }

  /** Takes in the first part of a frame, and each other one in a later turn of the event loop, before anything behind it. */
  function takeIn(opened: SessionStream, [part, ...rest]: readonly UpFrame[]): void {
    if (part === undefined || outlet.isEnded) return;
    unanswered.took(part);
    opened.receive(part);
    if (rest.length > 0) setImmediate(() => trying(() => takeIn(opened, rest)));
    if (isTakingIn === rest.length > 0) return;
    isTakingIn = !isTakingIn;
    steer();
  }

  function trying(work: () => void): void {
    try {
      work();
    } catch (error) {
      fail(error);
    }
  }

  function fail(error: unknown): void {
    if (isClosed) endingOf(error, log, where);
    else outlet.end(FanoutError.from(error));
  }

  call.on('error', close);
  call.on('cancelled', close);
  call.on('close', close);
  call.on('data', (message: ConnectRequest__Output) => trying(() => receive(message)));
  call.on('end', () => {
    if (stream === undefined && !isOpening) outlet.end(helloExpected('before the stream ends'));
    else close();
  });
  return { end: (error) => outlet.end(error) };
}
