/** Makes a call again for as long as storage cannot be reached, as a client should. */
import { setTimeout as delay } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';

/** A call that lasts longer than this had reached storage before it broke, milliseconds. */
const heldMs = 1_000;
/** Storage may be away for this long at a time, and make a call fail for this long in all, milliseconds. */
const patienceMs = 10_000;
const maxTroubleMs = 60_000;

/** A call may last long before it breaks. @throws grpc.ServiceError its last error, or one that is not UNAVAILABLE */
export async function persist<T>(call: () => Promise<T>): Promise<T> {
  let awaySince: number | undefined;
  let troubledSince: number | undefined;
  for (;;) {
    const begunAt = performance.now();
    try {
      return await call();
    } catch (error) {
      if ((error as grpc.ServiceError).code !== grpc.status.UNAVAILABLE) throw error;
      const now = performance.now();
      // A call that held for a while has reached storage: it is away since now.
      if (awaySince === undefined || now - begunAt > heldMs) awaySince = now;
      troubledSince ??= now;
      if (now - awaySince > patienceMs || now - troubledSince > maxTroubleMs) throw error;
      await delay(20);
    }
  }
}
