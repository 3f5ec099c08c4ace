/** Ctrl-C ends the waiting of a command, and what it waits for goes on. */
import type { Interrupted } from '../errors.ts';

/**
 * Does work that Ctrl-C or SIGTERM ends.
 * @param ending tells, then, what goes on, and the next step
 * @throws Interrupted by either of them; what the work throws
 */
export async function untilInterrupted<Result>(
  ending: () => Interrupted,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(ending());
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    return await work(stopping.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
