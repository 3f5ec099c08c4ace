import { createHash } from 'node:crypto';
import { evaluate, type Reference, valueAt } from '../../domain/graph/expression.ts';
import { type Graph, nodeAt } from '../../domain/graph/graph.ts';
import type { RunLimits } from '../../domain/graph/run-limits.ts';
import { readJson, rounded } from '../../domain/json/exact-json.ts';
import { cutText } from '../../domain/json/json.ts';
import { OutOfRoom, Room, writeJsonWithin } from '../../domain/json/room.ts';
import type { NodeDefinition } from '../../domain/model/node.ts';
import type { TriggerRequest } from '../../domain/model/run.ts';
import { excessFailure } from '../../domain/plan/limit-failures.ts';
import { canonicalJson } from '../../domain/run/store.ts';
import { FanoutError } from '../../errors.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import { graphNotFound } from '../loaded/not-found.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { RunStarter } from '../ports/settling.ts';
import type { SchemaChecker } from '../ports/storage.ts';
import { derivedId } from './ids.ts';
import { initialStore, readGiven } from './initial-store.ts';
import { overlaidLabels } from './labels.ts';

interface Parts {
  readonly storage: RunReader;
  readonly starter: RunStarter;
  readonly runs: LoadedRuns;
  readonly schemas: SchemaChecker;
  /** Bytes that one output, and one value in the store, may have. */
  readonly maxOutputBytes: number;
  /** Bytes that an assignment's inputs may have. */
  readonly maxInputBytes: number;
  /** Unique, and later ones sort behind earlier ones. */
  readonly newRunId: () => string;
}

/**
 * Starts a run of a graph's newest version, or finds the one that the idempotency key has.
 * @throws FanoutError GRAPH_NOT_FOUND, FIELD_INVALID (labels), INPUT_INVALID, STORE_INVALID, IDEMPOTENCY_CONFLICT, STORAGE_FULL
 */
export async function triggerRun(
  parts: Parts,
  request: TriggerRequest,
): Promise<{ runId: string; created: boolean }> {
  try {
    return await startRun(parts, request);
  } catch (error) {
    const known = await knownRun(parts, request);
    if (known === undefined) throw error;
    return { runId: known, created: false };
  }
}

async function startRun(parts: Parts, request: TriggerRequest): Promise<{ runId: string; created: boolean }> {
  const { namespace, graphName, priority, traceparent, idempotencyKey } = request;
  const newest = await parts.runs.newestWithRoot(namespace, graphName);
  if (!newest) throw graphNotFound(namespace, graphName);
  const { graph } = newest;
  const { inputsJson, inputs } = inputsOf(request);
  const labels = overlaidLabels(graph.labels, request.labels);
  const store = initialStore(graph, request.storeJson, parts.maxOutputBytes);
  await checkRootInputs(parts, newest, namespace, inputs, store.values);
  const limits = parts.runs.limitsOf(graph);
  checkBytes(inputsJson, limits, store.values);

  const hasOwnId = idempotencyKey === '';
  // Nobody asks for a run with an id of its own again.
  const digest = hasOwnId ? '' : digestOf(inputs, store.given);
  const runId = hasOwnId ? parts.newRunId() : derivedId(namespace, graphName, idempotencyKey);
  const { version: graphVersion } = newest;
  const run = { runId, namespace, graphName, graphVersion, priority, traceparent, graph, limits };
  // What it makes ready may be claimed along with it.
  if (hasOwnId) parts.runs.remember(run);
  // V8 takes microseconds to add to what was spread: the run stands last.
  const result = await parts.starter.begin({
    hasOwnId,
    digest,
    inputsJson,
    startAt: request.startAt,
    labels,
    triggerKind: request.kind ?? 'API',
    store: store.values,
    ...run,
  });
  if (!result.created && result.digest !== digest) {
    throw new FanoutError(
      'IDEMPOTENCY_CONFLICT',
      `run ${runId} of graph "${graphName}" was triggered with the idempotency key "${idempotencyKey}" and other inputs, or another store: ` +
        'use another key, or the same inputs and the same store',
    );
  }
  if (result.created && !hasOwnId) parts.runs.remember(run);
  return { runId, created: result.created };
}

/**
 * The run that the idempotency key has, if it was triggered with the same: what a key stands for stays, also when a
 * newer version of the graph would refuse it, the graph is gone, or nothing new is taken.
 */
async function knownRun(
  { storage, maxOutputBytes }: Parts,
  request: TriggerRequest,
): Promise<string | undefined> {
  const { namespace, graphName, idempotencyKey, storeJson } = request;
  if (idempotencyKey === '') return undefined;
  const { given, violations } = readGiven(storeJson, maxOutputBytes);
  if (violations.length > 0) return undefined;
  const runId = derivedId(namespace, graphName, idempotencyKey);
  const digest = await storage.triggerDigest(runId);
  return digest === digestOf(inputsOf(request).inputs, given) ? runId : undefined;
}

function inputsOf({ inputsJson }: TriggerRequest): { inputsJson: string; inputs: Record<string, unknown> } {
  const text = inputsJson === '' ? '{}' : inputsJson;
  return { inputsJson: text, inputs: readJson(text) as Record<string, unknown> };
}

/** The same for the same inputs and store, whatever the order of their members. */
function digestOf(inputs: Readonly<Record<string, unknown>>, store: ReadonlyMap<string, string>): string {
  const text = JSON.stringify([canonicalJson(inputs), ...store]);
  return createHash('sha256').update(text).digest('hex');
}

/** @throws FanoutError INPUT_INVALID */
async function checkRootInputs(
  { schemas, maxInputBytes }: Parts,
  { graph, root: definition }: { readonly graph: Graph; readonly root: NodeDefinition | undefined },
  namespace: string,
  trigger: Record<string, unknown>,
  store: ReadonlyMap<string, string>,
): Promise<void> {
  if (!definition?.inputSchemaJson) return;
  const root = nodeAt(graph, graph.root);
  const resolve = (reference: Reference) => {
    if (reference.kind === 'trigger') return valueAt(trigger, reference.path);
    if (reference.kind !== 'store') return null;
    return valueAt(readJson(store.get(reference.key) ?? 'null'), reference.path);
  };
  const room = new Room(maxInputBytes);
  const first = `${root.nodeName}, the graph's first node`;
  const problem = await problemOf(first, () => {
    const inputs = Object.fromEntries([
      ...Object.entries(root.inputs).map(([name, template]) => [name, evaluate(template, resolve, room)]),
      ...Object.entries(trigger),
    ]);
    const json = writeJsonWithin(inputs, maxInputBytes);
    return schemas.check(namespace, definition.inputSchemaJson, rounded(inputs, json), json);
  });
  if (!problem) return;
  const description = `the inputs ${problem}`;
  throw new FanoutError('INPUT_INVALID', description, {
    violations: [{ path: 'inputs_json', code: 'INPUT_INVALID', description }],
  });
}

/** Whatever a check finds, or why it cannot be made: that is of the caller's making as well. Completes "the inputs … ". */
async function problemOf(
  node: string,
  check: () => string | undefined | Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    const broken = await check();
    return broken && `break the input schema of ${node}: ${broken}`;
  } catch (error) {
    if (error instanceof OutOfRoom) return `of ${node} would have ${error.message}: pass less`;
    return `cannot be checked against the input schema of ${node}: ${cutText((error as Error).message, 200)}`;
  }
}

/** @throws FanoutError INPUT_INVALID */
export function checkBytes(inputsJson: string, limits: RunLimits, store: ReadonlyMap<string, string>): void {
  const bytes = [inputsJson, ...[...store].flat()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes <= limits.payloadBytes) return;
  const { code, message } = excessFailure({ limit: 'payloadBytes', total: bytes }, limits);
  throw new FanoutError('INPUT_INVALID', `the inputs, with the store, are too large: ${message}`, {
    violations: [{ path: 'inputs_json', code, description: message }],
  });
}
