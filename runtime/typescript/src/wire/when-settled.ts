import * as grpc from '@grpc/grpc-js';

const { READY, SHUTDOWN, TRANSIENT_FAILURE } = grpc.connectivityState;

/**
 * Connects, and resolves when the connection stands or was refused: true. False: neither within `maxMs`, or `signal`
 * fired. A call says why it was refused; without this, one to a host that swallows all would wait for its own deadline.
 */
export async function whenSettled(
  client: grpc.Client,
  maxMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const channel = client.getChannel();
  const deadline = Date.now() + maxMs;
  for (;;) {
    const state = channel.getConnectivityState(true);
    if (state === READY || state === TRANSIENT_FAILURE) return true;
    if (state === SHUTDOWN || signal?.aborted || Date.now() >= deadline) return false;
    await new Promise<void>((resolve) => {
      const done = () => {
        signal?.removeEventListener('abort', done);
        resolve();
      };
      signal?.addEventListener('abort', done, { once: true });
      // Called with an error when the deadline has passed, which the loop sees by itself.
      channel.watchConnectivityState(state, deadline, done);
    });
  }
}
