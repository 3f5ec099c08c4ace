import type { StateDetails } from '../../domain/model/state.ts';
import { parseStateId } from '../../domain/run/state-id.ts';
import { type InputSource, inputsOfState } from '../inputs/inputs-of-state.ts';
import { stateNotFound } from '../loaded/not-found.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import { attemptsOf } from '../tree/growth.ts';
import { describeStates, type Row, type StateSource, siblingsOf } from './describe-states.ts';

/** Attempts of one work that are told, the newest. */
const maxAttempts = 100;

/** Storage as far as a state and its inputs are found in it. */
export type OneStateSource = StateSource & InputSource;

/**
 * Reads a state, all attempts of its work, and its inputs if they are wanted.
 * @param maxBytes of output, attempts and inputs together
 * @throws FanoutError STATE_NOT_FOUND
 */
export async function readState(
  storage: OneStateSource,
  run: LoadedRun,
  stateId: string,
  { includeInputs, maxBytes }: { readonly includeInputs: boolean; readonly maxBytes: number },
): Promise<StateDetails> {
  const row = await findRow(storage, run, stateId);
  const [states, attempts] = await Promise.all([
    describeStates(storage, run, [row]),
    newestAttempts(storage, run, row.record.work).then((rows) =>
      describeStates(storage, run, rows, { omitOutputs: true }),
    ),
  ]);
  const state = states[0]!;
  if (!includeInputs) return { state, attempts };
  const taken = Buffer.byteLength(JSON.stringify([state, attempts]));
  const inputs = await inputsOfState(storage, run, row.record, { maxBytes: maxBytes - taken });
  if ('failure' in inputs) return { state, attempts, inputs };
  const { json, united, corrections } = inputs;
  return { state, attempts, inputs: { json, united, corrected: Object.keys(corrections) } };
}

async function findRow(storage: StateSource, run: LoadedRun, stateId: string): Promise<Row> {
  const address = parseStateId(stateId);
  const [record] = address?.runId === run.runId ? await storage.runs.records(run.runId, [address.state]) : [];
  if (!address || !record || address.output >= siblingsOf(record)) throw stateNotFound(stateId);
  return { state: address.state, sibling: address.output, record };
}

/** The newest attempts of a work. */
async function newestAttempts(storage: StateSource, run: LoadedRun, work: number): Promise<Row[]> {
  const attempts: Row[] = [];
  for await (const attempt of attemptsOf(storage.runs, run, work)) {
    attempts.push({ ...attempt, sibling: 0 });
    if (attempts.length > maxAttempts) attempts.shift();
  }
  return attempts;
}
