import type {
  FollowLogsRequest,
  FollowLogsResponse__Output,
  WatchRunRequest,
  WatchRunResponse__Output,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { FanoutError } from '../wire/errors.ts';
import { onAbort, pause } from '../wire/on-abort.ts';
import { Patience } from './patience.ts';
import type { Endpoint, Services } from './services.ts';

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
  let hasEnded = false;
  const open = (endpoint: Endpoint) => services.watchRun(endpoint, request);
  for await (const message of followed(services, open, () => hasEnded, signal)) {
    hasEnded ||= message.run?.endTime !== undefined;
    yield message;
  }
}

/**
 * Every message with lines of a run, up to the run's end. When the stream breaks before, a new one goes on behind the last
 * line.
 * @throws FanoutError the run is unknown, or no state manager has answered for a minute; the signal's reason
 */
export async function* followLogs(
  services: Services,
  request: Omit<FollowLogsRequest, 'namespace'> & { readonly afterNumber: number },
  signal?: AbortSignal,
): AsyncGenerator<FollowLogsResponse__Output, void> {
  let { afterNumber } = request;
  const open = (endpoint: Endpoint) => services.followLogs(endpoint, { ...request, afterNumber });
  for await (const message of followed(services, open, () => true, signal)) {
    afterNumber = message.lines?.at(-1)?.number ?? afterNumber;
    yield message;
  }
}

/** Messages of a stream, and of those that go on where it breaks. @param isOver told at a clean end of one */
async function* followed<Message>(
  services: Services,
  open: (endpoint: Endpoint) => grpc.ClientReadableStream<Message>,
  isOver: () => boolean,
  signal?: AbortSignal,
): AsyncGenerator<Message, void> {
  const patience = new Patience();
  for (;;) {
    signal?.throwIfAborted();
    let failure: FanoutError | undefined;
    const endpoint = await services.reach();
    const stream = open(endpoint);
    // The loop below throws the error of the stream; this is for one that comes after its end.
    stream.on('error', () => undefined);
    const cancel = () => stream.cancel();
    const stopListening = onAbort(signal, cancel);
    try {
      for await (const message of stream as AsyncIterable<Message>) {
        patience.answered();
        yield message;
      }
    } catch (error) {
      signal?.throwIfAborted();
      failure = FanoutError.from(error, endpoint.address);
    } finally {
      stopListening();
      cancel();
    }
    if (!failure && isOver()) return;
    failure ??= new FanoutError('the watch ended before the run', { code: grpc.status.UNAVAILABLE });
    services.leave(endpoint);
    await pause(patience.pauseAfter(failure), signal);
  }
}
