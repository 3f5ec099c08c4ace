import { setTimeout as delay } from 'node:timers/promises';
import type { WatchRunRequest, WatchRunResponse__Output } from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { FanoutError } from '../wire/errors.ts';
import type { Services } from './services.ts';

/** Pauses between two attempts to watch a run. The backoff is a line of the loop, so no library, as in `runtime.ts`. */
const minPauseMs = 50;
const maxPauseMs = 2_000;
/** A state manager that is away for longer than this ends the watch. */
const patienceMs = 60_000;

/**
 * Every message of a watch up to the run's end. When the stream breaks before, a new one goes on: it begins with
 * a snapshot again, and after the end with the first of the results.
 * @throws FanoutError the run is unknown, or no state manager has answered for a minute; the signal's reason
 */
export async function* followRun(
  services: Services,
  request: Omit<WatchRunRequest, 'namespace'>,
  signal?: AbortSignal,
): AsyncGenerator<WatchRunResponse__Output, void> {
  let pauseMs = minPauseMs;
  let awaySince: number | undefined;
  for (;;) {
    signal?.throwIfAborted();
    let failure: FanoutError | undefined;
    let hasEnded = false;
    const stream = services.watchRun(request);
    // The loop below throws the error of the stream; this is for one that comes after its end.
    stream.on('error', () => undefined);
    const cancel = () => stream.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      for await (const message of stream as AsyncIterable<WatchRunResponse__Output>) {
        awaySince = undefined;
        pauseMs = minPauseMs;
        hasEnded ||= message.run?.endTime !== undefined;
        yield message;
      }
    } catch (error) {
      signal?.throwIfAborted();
      failure = FanoutError.from(error, services.address);
    } finally {
      signal?.removeEventListener('abort', cancel);
      cancel();
    }
    if (!failure && hasEnded) return;
    failure ??= new FanoutError('the watch ended before the run', { code: grpc.status.UNAVAILABLE });
    awaySince ??= performance.now();
    if (!isAway(failure) || performance.now() - awaySince > patienceMs) throw failure;
    await delay(pauseMs, undefined, signal ? { signal } : {}).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
    pauseMs = Math.min(maxPauseMs, pauseMs * 2);
  }
}

/**
 * True if another state manager may answer. A state manager that has no time for more ends its streams with CANCELLED;
 * after a cancel from here this is not asked.
 */
function isAway({ code }: FanoutError): boolean {
  return code === grpc.status.UNAVAILABLE || code === grpc.status.CANCELLED;
}
