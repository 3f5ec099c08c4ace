/** Times that processes of one machine can compare, and what was measured with them. */

/** Microseconds of the clock that all processes of a machine share. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** Seconds that some work takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = nowUs();
  await work();
  return (nowUs() - startedAt) / 1e6;
}

/** Microseconds of each of several calls, one after the other. */
export async function latenciesOf(count: number, call: () => Promise<unknown>): Promise<number[]> {
  const latencies: number[] = [];
  for (let i = 0; i < count; i++) {
    const startedAt = nowUs();
    await call();
    latencies.push(nowUs() - startedAt);
  }
  return latencies;
}
