import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { FoundState } from './found-state.ts';
import { statesBelowFound, withTop } from './states-below.ts';

/** All that grows from a work, or from one sibling of it, whichever attempt brings it about. */
export interface Growth {
  /** The state that things grow from: the attempt that goes on with the work, or of work that emits the first one. */
  readonly top: FoundState;
  readonly newest: FoundState;
  /** Only this output of it; -1: none, since work that emits takes no output itself. Undefined: all. */
  readonly output: number | undefined;
}

/**
 * Finds what grows from a work.
 * @param place.state the first attempt; `output`: the sibling as users count them; absent: all outputs
 * @returns undefined: there is no such work
 */
export async function growthOf(
  storage: RunReader,
  run: LoadedRun,
  { state, output }: { readonly state: number; readonly output?: number },
): Promise<Growth | undefined> {
  const [record] = await storage.records(run.runId, [state]);
  if (!record) return undefined;
  const newest = (await newestAttempt(storage, run, state)) ?? { state, record };
  if (!record.hasEmitted) return { top: newest, newest, output };
  return { top: { state, record }, newest, output: output === undefined ? undefined : output - 1 };
}

/**
 * All states of a growth, in pages. With all outputs of work that emits also its attempts, which would only make more.
 * The next attempt of other work goes on with it, and grows from nothing.
 */
export function statesOf(storage: RunReader, run: LoadedRun, { top, output }: Growth) {
  const below = statesBelowFound({ storage, run, below: { output, ownScopes: false } }, top);
  return output === undefined && top.record.hasEmitted ? withTop(top, below) : below;
}

/** True if nothing grows there: the work has ended without outputs, or its own output is none. */
export function isBarren({ top, newest, output }: Growth): boolean {
  if (top.record.hasEmitted) return output === -1;
  return ['ERRORED', 'PRUNED', 'CANCELLED'].includes(newest.record.status);
}

/** The attempts of a work that are states of their own, from the first to the newest, as far as they are there. */
export async function* attemptsOf(
  storage: RunReader,
  { runId }: LoadedRun,
  work: number,
): AsyncGenerator<FoundState, void> {
  for (let state: number | undefined = work; state !== undefined; ) {
    const [record] = await storage.records(runId, [state]);
    if (!record) return;
    yield { state, record };
    state = record.replacement;
  }
}

/** The state that goes on with the work of an execution. */
export async function newestAttempt(
  storage: RunReader,
  run: LoadedRun,
  execution: number,
): Promise<FoundState | undefined> {
  let newest: FoundState | undefined;
  for await (const attempt of attemptsOf(storage, run, execution)) newest = attempt;
  return newest?.record.replacement === undefined ? newest : undefined;
}
