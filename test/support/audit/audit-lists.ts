/** Compares what a run lists, so that nobody has to look for it, with the records that it lists. */
import type { RunSnapshot } from './run-snapshot.ts';

export function listViolations({ states, failedStates }: RunSnapshot): string[] {
  const first = { ERRORED: 1e12, RETRY_CREATED: 2e12 };
  const expected = new Map(
    [...states].flatMap(([state, { status }]) =>
      status === 'ERRORED' || status === 'RETRY_CREATED' ? [[String(state), first[status] + state]] : [],
    ),
  );
  return [...new Set([...failedStates.keys(), ...expected.keys()])]
    .filter((state) => failedStates.get(state) !== expected.get(state))
    .map(
      (state) => `state ${state} is listed at ${failedStates.get(state)}, expected ${expected.get(state)}`,
    );
}
