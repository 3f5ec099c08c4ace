import { setTimeout as delay } from 'node:timers/promises';
import type { WatchRunResponse__Output } from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { FanoutError } from './errors.ts';

const shortestPauseMs = 50;
const longestPauseMs = 2_000;
/** A state manager that is away for longer than this ends the watch. */
const patienceMs = 60_000;

/**
 * Every message of a watch up to the run's end. When the stream breaks before, a new one goes on: it begins with
 * a snapshot again, and after the end with the first of the results.
 * @throws FanoutError the run is unknown, or no state manager has answered for a minute; the signal's reason
 */
export async function* followRun(
  open: () => grpc.ClientReadableStream<WatchRunResponse__Output>,
  signal?: AbortSignal,
): AsyncGenerator<WatchRunResponse__Output, void> {
  let pauseMs = shortestPauseMs;
  let awaySince: number | undefined;
  for (;;) {
    signal?.throwIfAborted();
    let failure: FanoutError | undefined;
    let hasEnded = false;
    const stream = open();
    // The loop below throws the error of the stream; this is for the one that comes when nobody reads any more.
    stream.on('error', () => undefined);
    const cancel = () => stream.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      for await (const message of stream as AsyncIterable<WatchRunResponse__Output>) {
        awaySince = undefined;
        pauseMs = shortestPauseMs;
        hasEnded ||= message.run?.endTime !== undefined;
        yield message;
      }
    } catch (error) {
      signal?.throwIfAborted();
      failure = FanoutError.from(error);
    } finally {
      signal?.removeEventListener('abort', cancel);
      cancel();
    }
    if (!failure && hasEnded) return;
    failure ??= new FanoutError('the watch ended before the run', { code: grpc.status.UNAVAILABLE });
    awaySince ??= performance.now();
    const isAway = failure.code === grpc.status.UNAVAILABLE;
    if (!isAway || performance.now() - awaySince > patienceMs) throw failure;
    await delay(pauseMs, undefined, signal ? { signal } : {});
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}
