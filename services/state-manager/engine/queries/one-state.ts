import { nodeAt } from '../../domain/graph/graph.ts';
import type { StateDetails } from '../../domain/model/state.ts';
import { parseStateId } from '../../domain/run/state-id.ts';
import { isPassing } from '../../errors.ts';
import { needsOf, nothingUnited, notWorkedOut, writeInputs } from '../inputs/evaluate-inputs.ts';
import { InputReader } from '../inputs/read-inputs.ts';
import { stateNotFound } from '../loaded/not-found.ts';
import type { CatalogStorage } from '../ports/catalog.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { StoreStorage } from '../ports/store.ts';
import { attemptsOf } from '../tree/growth.ts';
import { describeStates, type Row, type StateSource, siblingsOf } from './describe-states.ts';

/** Attempts of one work that are told, the newest. */
const maxAttempts = 100;

/** Bytes of outputs that are read to work out the inputs of one state, over those that the inputs may have. */
const readShare = 8;

/** Storage as far as a state and its inputs are found in it. */
export interface OneStateSource extends StateSource {
  readonly store: StoreStorage;
  readonly catalog: Pick<CatalogStorage, 'nodesNamed'>;
}

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
  return { state, attempts, inputs: await inputsOf(storage, run, row, maxBytes - taken) };
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

/** Works out what an assignment of the state would bring, without secrets. */
async function inputsOf(
  { runs, store, catalog }: OneStateSource,
  run: LoadedRun,
  { record }: Row,
  maxBytes: number,
): Promise<NonNullable<StateDetails['inputs']>> {
  const node = nodeAt(run.graph, record.standing.node);
  const held = { run, record };
  try {
    const reader = new InputReader(runs, store, maxBytes);
    const nothingKnown = { output: () => undefined, triggerInputs: () => undefined };
    const named = [...needsOf(run.graph, [held]).outputs.values()];
    const bytes = (await runs.outputBytes(run.runId, named)).reduce((sum, size) => sum + size, 0);
    if (bytes > maxBytes * readShare) {
      const message = `the outputs that the inputs name are ${bytes} bytes, more than the ${maxBytes * readShare} that are read to show them`;
      return { failure: { code: 'INPUT_TOO_LARGE', message } };
    }
    const [definition] = await catalog.nodesNamed(run.namespace, [node.nodeName]);
    const values = await reader.shared([held], nothingKnown, Number.POSITIVE_INFINITY);
    const united = node.unites
      ? await reader.united(held, node, definition?.iteratorInputs ?? [])
      : nothingUnited;
    if ('failure' in united) return united;
    const written = writeInputs(node, record.standing, values, united, maxBytes);
    return 'failure' in written ? written : { json: written.json, united: united.iterated };
  } catch (error) {
    if (isPassing(error)) throw error;
    return { failure: notWorkedOut(error as Error) };
  }
}
