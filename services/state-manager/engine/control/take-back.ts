import { unitesAt } from '../../domain/graph/graph.ts';
import type { ControlSteps, HeldScope } from '../ports/control.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import { itemsPerRead, type RunReader } from '../ports/run-reader.ts';
import type { FoundState } from '../tree/found-state.ts';
import { newestAttempt } from '../tree/growth.ts';
import { statesBelow, withTop } from '../tree/states-below.ts';
import { retryOne } from './retry-by-hand.ts';

/** States that are taken back at a time. */
const statesAtOnce = 50;

/**
 * A scope that a retry by hand has opened again takes back what its closing had cancelled: first the states, then the
 * branches, each in bounded steps that any state manager may go on with. The scope is held meanwhile, so that it is not
 * decided with less. Other scopes that have closed keep out what they have left out.
 * @returns true: all is back; false: some of it only now, so that another look is needed
 */
export async function takeBack(
  storage: RunReader & ControlSteps,
  run: LoadedRun,
  held: HeldScope,
): Promise<boolean> {
  const [scope] = await storage.scopes(run.runId, [held]);
  if (scope?.heldBy !== held.heldBy) return true;
  const newest = await newestAttempt(storage, run, held.execution);
  if (!newest) return true;
  const { covers } = unitesAt(run.graph, held.unite);
  let isWhole = true;
  for await (const page of withTop(newest, statesBelow({ storage, run, within: covers }, held.execution))) {
    const cancelled = await cancelledByClosing(storage, run, page);
    for (let from = 0; from < cancelled.length; from += statesAtOnce) {
      const states = cancelled.slice(from, from + statesAtOnce);
      const replacements = await Promise.all(
        states.map((state) => retryOne(storage, run, state, { delayMs: 0, takenBackBy: held })),
      );
      if (replacements.some((replacement) => replacement !== undefined)) isWhole = false;
    }
  }
  if (isWhole) await takeBackBranches(storage, run, held, newest.state);
  return isWhole;
}

async function takeBackBranches(
  storage: ControlSteps,
  run: LoadedRun,
  held: HeldScope,
  newest: number,
): Promise<void> {
  let from = 0;
  while (await storage.takeBack(run, held, { from, past: from + itemsPerRead }, newest)) from += itemsPerRead;
}

/** States that were cancelled, or told to stop emitting, because a unite around them had closed. */
async function cancelledByClosing(
  storage: RunReader,
  run: LoadedRun,
  page: readonly FoundState[],
): Promise<FoundState[]> {
  // The end of work that has emitted counts in the unites of what it emits, whoever cancelled it.
  const emitting = page.filter(({ record: { status, hasEmitted } }) => status === 'CANCELLED' && hasEmitted);
  const failures = await storage.failures(
    run.runId,
    emitting.map(({ state }) => state),
  );
  const unneeded = new Set(emitting.filter((_, i) => failures[i]?.code === 'UNITE_DECIDED'));
  return page.filter(
    (one) =>
      !one.record.isSuperseded &&
      (one.record.isCutOff ||
        (one.record.status === 'CANCELLED' && one.record.isUncounted) ||
        unneeded.has(one)),
  );
}
