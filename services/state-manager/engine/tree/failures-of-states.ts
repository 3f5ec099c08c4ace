/**
 * The failures of states, as people see them. What storage keeps of a unite that gave up is how many branches failed,
 * since scripts do not read what users write: the reasons are looked up here, whenever the failure is told.
 */
import { nodeAt } from '../../domain/graph/graph.ts';
import type { Failure } from '../../domain/model/state.ts';
import { largestGroups, type Reasons, reasonOf, withReasons } from '../../domain/run/failure-reasons.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { CountedFailure, RunReader } from '../ports/run-reader.ts';
import { countedFailures } from './counted-failures.ts';
import type { FoundState } from './found-state.ts';
import { scopeUnitedBy } from './uniting-states.ts';

/** Code of a unite that gave up. */
const gaveUp = 'UNITE_UNSATISFIED';
/** Failures that reasons are taken from, and reads that look for them. */
const failuresAsked = 50;
const readsAsked = 5;
/** Unites whose reasons are read at the same time: all that is read of them is in memory. */
const unitesAtOnce = 20;
/** Unites inside each other that tell their reasons: the outer one quotes the inner one. */
const toldLevels = 2;

/** The failures of states; of a unite that gave up the message has the first reasons of its branches. */
export async function failuresOf(
  storage: RunReader,
  run: LoadedRun,
  states: readonly FoundState[],
  levels = toldLevels,
): Promise<(Failure | undefined)[]> {
  const failures = await storage.failures(
    run.runId,
    states.map(({ state }) => state),
  );
  if (levels === 0) return failures;
  const unites = states.flatMap((one, i) =>
    failures[i]?.code === gaveUp && one.record.output === undefined ? [{ ...one, i }] : [],
  );
  for (let from = 0; from < unites.length; from += unitesAtOnce) {
    const some = unites.slice(from, from + unitesAtOnce);
    await Promise.all(
      some.map(async ({ i, ...one }) => {
        failures[i] = await withItsReasons(storage, run, one, failures[i]!, levels);
      }),
    );
  }
  return failures;
}

async function withItsReasons(
  storage: RunReader,
  run: LoadedRun,
  { state, record }: FoundState,
  failure: Failure,
  levels: number,
): Promise<Failure> {
  const address = scopeUnitedBy(record);
  const [scope] = await storage.scopes(run.runId, [address]);
  // Opened again since, it has other failures, or none.
  if (scope?.status !== 'GAVE_UP' || scope.result !== state) return failure;
  return {
    ...failure,
    message: withReasons(failure.message, await reasonsOf(storage, run, address, levels)),
  };
}

/** The reasons for which branches of a scope have failed, taken from the first of its failures. */
export async function reasonsOf(
  storage: RunReader,
  run: LoadedRun,
  scope: ScopeAddress,
  levels = toldLevels,
): Promise<Reasons> {
  const counted = await firstFailures(storage, run, scope);
  const states = counted.slice(0, failuresAsked).map(({ state }) => state);
  const [records, failures] = await Promise.all([
    storage.records(run.runId, states),
    storage.failures(run.runId, states),
  ]);
  const failed = states.flatMap((state, i) => {
    const [record, failure] = [records[i], failures[i]];
    if (!record || !failure) return [];
    return {
      state,
      record,
      failure,
      code: failure.code,
      identifier: nodeAt(run.graph, record.standing.node).identifier,
    };
  });
  const { groups, untold } = largestGroups(failed);
  const told = await Promise.all(
    groups.map(async ({ first, count }) => {
      const isUnite = first.code === gaveUp;
      const [failure] = isUnite ? await failuresOf(storage, run, [first], levels - 1) : [first.failure];
      return reasonOf(first.identifier, failure ?? first.failure, count);
    }),
  );
  return { told, untold, amongFirst: counted.length > failuresAsked ? failuresAsked : undefined };
}

/** One more than reasons are taken from, if there are so many. */
async function firstFailures(
  storage: RunReader,
  run: LoadedRun,
  scope: ScopeAddress,
): Promise<CountedFailure[]> {
  const found: CountedFailure[] = [];
  let reads = 0;
  for await (const page of countedFailures(storage, run, scope, { perRead: failuresAsked + 1 })) {
    found.push(...page);
    reads += 1;
    if (found.length > failuresAsked || reads === readsAsked) break;
  }
  return found;
}
