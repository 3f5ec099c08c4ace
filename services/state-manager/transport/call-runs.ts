import type { CallRunsRequest__Output, CallRunsResponse } from '@fanout/proto';
import { Metadata, type ServerDuplexStream } from '@grpc/grpc-js';
import { FanoutError } from '../errors.ts';
import { resolveNamespace } from './authorize.ts';
import { encodeRunCallAnswers, type RunCallAnswer } from './codec/run-calls.ts';
import type { Context } from './context.ts';
import { endingOf, loggedError, toStatus } from './errors-to-grpc.ts';
import { createOutlet, stallMs } from './outlet.ts';
import { RunCalls } from './run-calls.ts';

type RunCallsCall = ServerDuplexStream<CallRunsRequest__Output, CallRunsResponse>;

/** One stream of calls. */
interface CallStream {
  /** Ends the stream with the error, as soon as every trigger that was taken in is answered. */
  leave(error: FanoutError): void;
}

/**
 * Serves one stream of calls, to its end.
 * @param onClosed called once, when the stream is gone
 */
function callRuns(context: Context, call: RunCallsCall, onClosed: () => void): CallStream {
  const { engine, log, limits, rechecks, callerOf } = context;
  const { maxFrameBytes } = limits;
  const where = { method: call.getPath(), peer: call.getPeer() };
  const caller = callerOf(call.metadata);
  let answers: RunCallAnswer[] = [];
  let hasNoMore = false;
  let leaving: FanoutError | undefined;
  let isClosed = false;
  let leaveQuota = (): void => {};

  const outlet = createOutlet<CallRunsResponse>(call, {
    maxFrameBytes,
    endingOf: (error) => endingOf(error, log, where),
    stalled: () =>
      new FanoutError(
        'READER_STALLED',
        `answers have waited for ${stallMs / 1_000} s and were not read: call again, and read`,
        { retryAfterMs: 1_000 },
      ),
    onOversize: (bytes) => log.error({ event: 'frame_oversize', ...where, bytes, limitBytes: maxFrameBytes }),
    onFlow: () => {
      steer();
      calls.readEnds();
    },
    onEnd: close,
  });

  /** Messages wait in the call, and so with the caller, while the way up or down is full. */
  function steer(): void {
    if (leaving !== undefined || calls.isFull || outlet.isFull) call.pause();
    else call.resume();
  }

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    stopLooking();
    leaveQuota();
    calls.stop();
    outlet.end();
    onClosed();
  }

  function answer(next: RunCallAnswer): void {
    if (outlet.isEnded) return;
    if (answers.length === 0) setImmediate(sendAnswers);
    answers.push(next);
  }

  function sendAnswers(): void {
    const ready = answers;
    answers = [];
    if (ready.length > 0) outlet.send(encodeRunCallAnswers(ready, maxFrameBytes));
  }

  /** Ends the stream if there is nothing left to wait for. */
  function rest(): void {
    if (leaving === undefined && !hasNoMore) return;
    if (leaving === undefined ? calls.size > 0 : calls.unanswered > 0) return;
    sendAnswers();
    outlet.end(leaving);
  }

  function fail(error: unknown): void {
    if (isClosed) endingOf(error, log, where);
    else {
      sendAnswers();
      outlet.end(FanoutError.from(error));
    }
  }

  const calls = new RunCalls({
    runs: engine.runs,
    countRequest: (namespace) => engine.quotas.countRequest(namespace),
    maxFrameBytes,
    namespaceOf: (requested) => resolveNamespace(caller, requested),
    answer,
    statusOf: (thrown) => toStatus(loggedError(thrown, log, where)),
    isReaderBehind: () => outlet.isFull,
    onFlow: steer,
    onRest: rest,
  });
  const stopLooking = rechecks.add(call, (error) => outlet.end(error));

  /** Takes calls in, unless the namespace has as many streams as it may. */
  async function begin(): Promise<void> {
    leaveQuota = await engine.quotas.enter(resolveNamespace(caller, ''), 'watches');
    if (isClosed) return leaveQuota();
    // Says that the caller is let in, as no answer may do for long.
    call.sendMetadata(new Metadata());
    call.on('data', (message: CallRunsRequest__Output) => {
      if (outlet.isEnded) return;
      try {
        calls.forget(message.forget ?? []);
        calls.take(message.calls ?? []);
      } catch (error) {
        fail(error);
      }
    });
    call.on('end', () => {
      hasNoMore = true;
      rest();
    });
    steer();
  }

  call.on('error', close);
  call.on('cancelled', close);
  call.on('close', close);
  begin().catch(fail);
  return {
    leave(error) {
      leaving = error;
      steer();
      rest();
    },
  };
}

/** The streams of calls that are open. */
export interface CallStreams {
  open(call: RunCallsCall): void;
  /** Ends every stream with the error. */
  endAll(error: FanoutError): void;
}

export function createCallStreams(context: Context): CallStreams {
  const streams = new Set<CallStream>();
  return {
    open(call) {
      const stream = callRuns(context, call, () => streams.delete(stream));
      streams.add(stream);
    },
    endAll(error) {
      for (const stream of streams) stream.leave(error);
    },
  };
}
