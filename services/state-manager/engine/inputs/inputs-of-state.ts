import { type GraphNode, nodeAt } from '../../domain/graph/graph.ts';
import type { NodeDefinition } from '../../domain/model/node.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import { isPassing } from '../../errors.ts';
import type { CatalogStorage } from '../ports/catalog.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { StoreStorage } from '../ports/store.ts';
import { type Corrections, needsOf, nothingUnited, notWorkedOut, writeInputs } from './evaluate-inputs.ts';
import { InputReader } from './read-inputs.ts';

/** Bytes of outputs that are read to work out the inputs of one state, over those that the inputs may have. */
const readShare = 8;
/** No number of an attempt: corrections that are not stored stand under it. */
const notStored = 0;

/** Storage as far as the inputs of a state are found in it. */
export interface InputSource {
  readonly runs: RunReader;
  readonly store: StoreStorage;
  readonly catalog: Pick<CatalogStorage, 'nodesNamed'>;
}

/** Inputs that an assignment of a state would bring, without secrets. */
export interface InputsOfState {
  readonly node: GraphNode;
  /** Undefined: no runtime has ever offered it. */
  readonly definition: NodeDefinition | undefined;
  readonly inputs: Record<string, unknown>;
  readonly json: string;
  /** Names of inputs that are left out: each is a list that is read in pages. */
  readonly united: readonly string[];
  /** Inputs among these that a retry by hand has corrected. */
  readonly corrections: Corrections;
}

/**
 * Works out the inputs of a state as they are now.
 * @param options.corrections stand for those of the same name, over the ones that the state has
 */
export async function inputsOfState(
  { runs, store, catalog }: InputSource,
  run: LoadedRun,
  record: StateRecord,
  { maxBytes, corrections = {} }: { readonly maxBytes: number; readonly corrections?: Corrections },
): Promise<InputsOfState | { readonly failure: Failure }> {
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
    const read = await reader.shared([held], nothingKnown, Number.POSITIVE_INFINITY);
    const united = node.unites
      ? await reader.united(held, node, definition?.iteratorInputs ?? [])
      : nothingUnited;
    if ('failure' in united) return united;
    const { parent, scopes, refs, corrected } = record.standing;
    const all = { ...(corrected !== undefined && read.corrections.get(corrected)), ...corrections };
    const standing = { node: record.standing.node, parent, scopes, refs, corrected: notStored };
    const values = { ...read, corrections: new Map([[notStored, all]]) };
    const written = writeInputs(node, standing, values, united, maxBytes);
    if ('failure' in written) return written;
    return { node, definition, ...written, united: united.iterated, corrections: all };
  } catch (error) {
    if (isPassing(error)) throw error;
    return { failure: notWorkedOut(error as Error) };
  }
}
