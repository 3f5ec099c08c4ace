/** Listeners to one signal. */
const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `listener` once when the signal fires, which it has not yet. However many listen, the signal has one listener:
 * Node warns of a leak where eleven share one, which callers of many runs do.
 * @returns ends the listening; harmless twice, and afterwards
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (!signal) return () => undefined;
  let all = listeners.get(signal);
  if (!all) {
    const added = new Set<() => void>();
    all = added;
    listeners.set(signal, added);
    signal.addEventListener('abort', () => tell(signal, added), { once: true });
  }
  // Two may listen with the same function.
  const own = () => listener();
  all.add(own);
  return () => {
    all.delete(own);
  };
}

function tell(signal: AbortSignal, all: ReadonlySet<() => void>): void {
  listeners.delete(signal);
  for (const listener of [...all]) listener();
}

/** Waits, but not beyond the signal. @throws the signal's reason */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      stop();
      resolve();
    }, ms);
    const stop = onAbort(signal, () => {
      clearTimeout(timer);
      resolve();
    });
  });
  signal?.throwIfAborted();
}
