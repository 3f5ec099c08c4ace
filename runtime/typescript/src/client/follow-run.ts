import type { WatchRunRequest, WatchRunResponse__Output } from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { FanoutError } from '../wire/errors.ts';
import { onAbort, pause } from '../wire/on-abort.ts';
import { Patience } from './patience.ts';
import type { Services } from './services.ts';

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
  const patience = new Patience();
  for (;;) {
    signal?.throwIfAborted();
    let failure: FanoutError | undefined;
    let hasEnded = false;
    const endpoint = await services.reach();
    const stream = services.watchRun(endpoint, request);
    // The loop below throws the error of the stream; this is for one that comes after its end.
    stream.on('error', () => undefined);
    const cancel = () => stream.cancel();
    const stopListening = onAbort(signal, cancel);
    try {
      for await (const message of stream as AsyncIterable<WatchRunResponse__Output>) {
        patience.answered();
        hasEnded ||= message.run?.endTime !== undefined;
        yield message;
      }
    } catch (error) {
      signal?.throwIfAborted();
      failure = FanoutError.from(error, endpoint.address);
    } finally {
      stopListening();
      cancel();
    }
    if (!failure && hasEnded) return;
    failure ??= new FanoutError('the watch ended before the run', { code: grpc.status.UNAVAILABLE });
    services.leave(endpoint);
    await pause(patience.pauseAfter(failure), signal);
  }
}
