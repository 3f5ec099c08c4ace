/**
 * Programs that must not compile: a reader of runs takes no step. tsc proves it: an expected error that is missing is
 * an error.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlSteps } from '../../../services/state-manager/engine/ports/control.ts';
import type { Due } from '../../../services/state-manager/engine/ports/due.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { RunLists } from '../../../services/state-manager/engine/ports/run-lists.ts';
import type { RunIndex, RunReader } from '../../../services/state-manager/engine/ports/run-reader.ts';
import type { RunSteps } from '../../../services/state-manager/engine/ports/settling.ts';
import type { RunStorage } from '../../../services/state-manager/engine/ports/storage.ts';
import type { explainUnite } from '../../../services/state-manager/engine/queries/explain-unite.ts';
import type { listStates } from '../../../services/state-manager/engine/queries/list-states.ts';
import type { runResults } from '../../../services/state-manager/engine/queries/run-results.ts';
import type { ancestorsOf } from '../../../services/state-manager/engine/tree/ancestors.ts';
import type { hasDelivered } from '../../../services/state-manager/engine/tree/has-delivered.ts';
import type { outputsInOrder } from '../../../services/state-manager/engine/tree/outputs-in-order.ts';
import type { statesBelow } from '../../../services/state-manager/engine/tree/states-below.ts';
import type { failureItems } from '../../../services/state-manager/engine/tree/unite-failures.ts';
import type { unitedItems, uniteValues } from '../../../services/state-manager/engine/tree/united-lists.ts';

export const stepsOfAReader = (reader: RunReader, run: LoadedRun) => {
  // @ts-expect-error a trigger
  reader.trigger;
  // @ts-expect-error reports and claims
  reader.commit({ claims: [] });
  // @ts-expect-error staged outputs
  reader.stage;
  // @ts-expect-error children of a fan-out
  reader.expand;
  // @ts-expect-error the decision of a scope
  reader.decide(run, []);
  // @ts-expect-error a state that becomes ready
  reader.promote(run, 0, []);
  // @ts-expect-error the end of a run's retention
  reader.retire(run.runId, run);
  // @ts-expect-error a cancellation
  reader.markCancelled;
  // @ts-expect-error a pause
  reader.pause(run, undefined);
  // @ts-expect-error a retry by hand
  reader.retry;
  // @ts-expect-error what waits on a shard, and is forgotten there
  reader.dropDue([]);
};

/** Methods that two of the ports have. */
type Shared<A, B> = Extract<keyof A, keyof B>;
const none: [
  Shared<RunReader, RunSteps>,
  Shared<RunReader, ControlSteps>,
  Shared<RunReader, Due>,
  Shared<RunLists, RunIndex | RunReader | RunSteps | ControlSteps | Due>,
  Shared<RunIndex, RunReader | RunSteps | ControlSteps | Due>,
  Shared<RunSteps, ControlSteps | Due>,
  Shared<ControlSteps, Due>,
] extends never[]
  ? true
  : false = true;
/** Methods of storage that no port has. */
const rest: Exclude<
  keyof RunStorage,
  keyof RunIndex | keyof RunReader | keyof RunLists | keyof RunSteps | keyof ControlSteps | keyof Due
> extends never
  ? true
  : false = true;

/** True of code that takes a reader; it would not compile if it took a step. */
type Reads<Takes> = RunReader & RunLists extends Takes ? true : false;
const reads: [
  Reads<Parameters<typeof ancestorsOf>[0]>,
  Reads<Parameters<typeof hasDelivered>[0]>,
  Reads<Parameters<typeof outputsInOrder>[0]['storage']>,
  Reads<Parameters<typeof statesBelow>[0]['storage']>,
  Reads<Parameters<typeof unitedItems>[0]>,
  Reads<Parameters<typeof uniteValues>[0]>,
  Reads<Parameters<typeof failureItems>[0]>,
  Reads<Parameters<typeof runResults>[0]>,
  Reads<Parameters<typeof listStates>[0]['runs']>,
  Reads<Parameters<typeof explainUnite>[0]['runs']>,
] = [true, true, true, true, true, true, true, true, true, true];

test('a reader of runs takes no step, and reading asks for no more than a reader', () => {
  assert.ok(none && rest && reads.every(Boolean));
});
