/** Works out the inputs of a state from what was read for it. Nothing here reads, so that the rules can be tested alone. */
import { getOrAdd } from '../../domain/get-or-add.ts';
import {
  evaluate,
  type InputTemplate,
  type Reference,
  references,
  valueAt,
} from '../../domain/graph/expression.ts';
import { type Graph, type GraphNode, nodeAt } from '../../domain/graph/graph.ts';
import { rounded, writeJson } from '../../domain/json/exact-json.ts';
import { cutText } from '../../domain/json/json.ts';
import { OutOfRoom, Room, writeJsonWithin } from '../../domain/json/room.ts';
import type { NodeDefinition } from '../../domain/model/node.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { OutputRef, StateStanding } from '../../domain/run/state-record.ts';
import type { SchemaChecker } from '../ports/storage.ts';

type Inputs = GraphNode['inputs'];
type UnitedReference = Reference & { readonly kind: 'united' };
/** A list that can be read in pages: of outputs, or `unite.failures`. */
type ListReference = UnitedReference | (Reference & { readonly kind: 'unite' });

/** Values that the inputs of some states of one run name, each once. */
export interface Needs {
  /** Outputs by `outputKey`. */
  readonly outputs: ReadonlyMap<string, OutputRef>;
  /** Numbers of these that the first state needs, the first two, and so on: outputs are in the order of the states. */
  readonly outputsUpTo: readonly number[];
  readonly storeKeys: ReadonlySet<string>;
  readonly trigger: boolean;
  /** Numbers of the attempts with which corrections of the states begin. */
  readonly corrections: ReadonlySet<number>;
}

/** Values that states of one run share, as they were read and parsed. */
export interface SharedValues {
  /** Values by `outputKey`; what is missing counts as null. */
  readonly outputs: ReadonlyMap<string, unknown>;
  /** The inputs of the run's trigger; empty if none of the states needs them. */
  readonly trigger: Readonly<Record<string, unknown>>;
  /** Values by key. */
  readonly store: ReadonlyMap<string, unknown>;
  /** Inputs that retries by hand have corrected, by the numbers of the attempts that they begin with. */
  readonly corrections: ReadonlyMap<number, Corrections>;
  /** Characters of the longest text that one of them was read from. */
  readonly longest: number;
}

/** Inputs by name that stand for those that a template says. */
export type Corrections = Readonly<Record<string, unknown>>;

/** Values of one uniting state. */
export interface UnitedValues {
  /** Values by `listKey`. */
  readonly lists: ReadonlyMap<string, readonly unknown[]>;
  /** The value of `unite`. */
  readonly unite: object;
  /** Names of inputs that are left out: each is a list that is read in pages. */
  readonly iterated: readonly string[];
}

/** The values of a state that unites nothing. */
export const nothingUnited: UnitedValues = { lists: new Map(), unite: {}, iterated: [] };

/** Collects what has to be read for some states of one run. */
export function needsOf(
  graph: Graph,
  states: readonly { readonly record: { readonly standing: StateStanding } }[],
): Needs {
  const outputs = new Map<string, OutputRef>();
  const outputsUpTo: number[] = [];
  const storeKeys = new Set<string>();
  const corrections = new Set<number>();
  let trigger = false;
  for (const {
    record: { standing },
  } of states) {
    if (standing.corrected !== undefined) corrections.add(standing.corrected);
    if (isRoot(standing)) trigger = true;
    for (const reference of referencesOf(nodeAt(graph, standing.node))) {
      if (reference.kind === 'trigger') trigger = true;
      if (reference.kind === 'store') storeKeys.add(reference.key);
      if (reference.kind !== 'output') continue;
      const ref = refTo(standing, reference.node);
      if (ref) outputs.set(outputKey(ref), ref);
    }
    outputsUpTo.push(outputs.size);
  }
  return { outputs, outputsUpTo, storeKeys, trigger, corrections };
}

/** The names of inputs that the node reads as iterators and that are a united list as a whole: they are read in pages. */
export function iteratedInputs({ unites, inputs }: GraphNode, iterators: readonly string[]): string[] {
  if (!unites) return [];
  return iterators.filter((name) => Object.hasOwn(inputs, name) && wholeList(inputs[name]!) !== undefined);
}

/** Values of its unite that the inputs of a uniting state name. */
export interface UnitedNeeds {
  /** References by `listKey`. */
  readonly lists: ReadonlyMap<string, UnitedReference>;
  readonly unite: boolean;
  /** The failures that the unite has counted. */
  readonly failures: boolean;
  /** The number of those that the list leaves out. */
  readonly failuresLeftOut: boolean;
}

/** Collects what has to be read for a uniting state, without the lists that are read in pages. */
export function unitedNeedsOf({ inputs }: GraphNode, iterated: readonly string[]): UnitedNeeds {
  const lists = new Map<string, UnitedReference>();
  let unite = false;
  let failures = false;
  let failuresLeftOut = false;
  for (const [name, template] of Object.entries(inputs)) {
    if (iterated.includes(name)) continue;
    for (const reference of references(template)) {
      if (reference.kind === 'united') lists.set(listKey(reference), reference);
      if (reference.kind !== 'unite') continue;
      unite = true;
      const [field] = reference.path;
      if (field === undefined || field === 'failures') failures = true;
      if (field === undefined || field === 'failures_left_out') failuresLeftOut = true;
    }
  }
  return { lists, unite, failures, failuresLeftOut };
}

/** The inputs of a state, and their text. */
interface EvaluatedInputs {
  readonly inputs: Record<string, unknown>;
  readonly json: string;
}

/**
 * Works out the inputs of a state and writes them, as far as an assignment takes them: what a template multiplies is
 * counted while it is made.
 * @param maxBytes of an assignment's inputs
 */
export function writeInputs(
  node: GraphNode,
  standing: StateStanding,
  values: SharedValues,
  united: UnitedValues,
  maxBytes: number,
): EvaluatedInputs | { readonly failure: Failure } {
  try {
    const inputs = evaluateInputs(node, standing, values, united, new Room(maxBytes));
    const isSmall = united === nothingUnited && isSurelyWithin(node, values, maxBytes);
    return { inputs, json: isSmall ? writeJson(inputs) : writeJsonWithin(inputs, maxBytes) };
  } catch (error) {
    if (!(error instanceof OutOfRoom)) throw error;
    const message = `the inputs of ${node.identifier} are more than the ${maxBytes} bytes that an assignment takes, as far as they were worked out: ${passOnLess}`;
    return { failure: { code: 'INPUT_TOO_LARGE', message } };
  }
}

/** Characters of an error that a failure quotes. */
const maxMessage = 500;

/** The failure of a state whose values, template or schema cannot be worked with. */
export function notWorkedOut({ message }: Error): Failure {
  const text = `the inputs cannot be worked out: ${cutText(message, maxMessage)}`;
  return { code: 'INPUT_INVALID', message: text };
}

const passOnLess = 'pass on less, or a reference to it';

/** The inputs of a state. Those of a root are the trigger's, whatever its template says, and corrections come first. @throws OutOfRoom */
export function evaluateInputs(
  { inputs }: GraphNode,
  standing: StateStanding,
  values: Omit<SharedValues, 'longest'>,
  united: UnitedValues,
  room: Room,
): Record<string, unknown> {
  const { iterated } = united;
  const resolve = resolver(standing, values, united);
  const { corrected } = standing;
  const corrections = corrected === undefined ? noCorrections : values.corrections.get(corrected)!;
  const value: Record<string, unknown> = {};
  for (const [name, template] of Object.entries(inputs)) {
    if (!iterated.includes(name) && !Object.hasOwn(corrections, name))
      define(value, name, evaluate(template, resolve, room));
  }
  if (isRoot(standing))
    for (const [name, input] of Object.entries(values.trigger)) define(value, name, input);
  for (const [name, input] of Object.entries(corrections)) define(value, name, input);
  return value;
}

/** The value by which the rate of a node template counts a state apart. @throws OutOfRoom */
export function rateKeyOf(
  key: InputTemplate,
  standing: StateStanding,
  values: Omit<SharedValues, 'longest'>,
  maxBytes: number,
): unknown {
  return evaluate(key, resolver(standing, values, nothingUnited), new Room(maxBytes));
}

/** Finds what an expression of a state names. */
function resolver(
  standing: StateStanding,
  { outputs, trigger, store }: Omit<SharedValues, 'longest'>,
  { lists, unite }: UnitedValues,
): (reference: Reference) => unknown {
  return (reference) => {
    switch (reference.kind) {
      case 'output': {
        const ref = refTo(standing, reference.node);
        return ref ? valueAt(outputs.get(outputKey(ref)), reference.path) : null;
      }
      case 'united':
        return lists.get(listKey(reference)) ?? [];
      case 'trigger':
        return valueAt(trigger, reference.path);
      case 'unite':
        return valueAt(unite, reference.path);
      case 'store':
        return valueAt(store.get(reference.key), reference.path);
    }
  };
}

const noCorrections: Corrections = {};

/**
 * The failure of a state whose inputs break the schema of its node; a promise where they are not cheap to check.
 * @param json the same inputs, written
 */
export function schemaFailure(
  schemas: SchemaChecker,
  namespace: string,
  definition: Pick<NodeDefinition, 'name' | 'inputSchemaJson'> | undefined,
  value: Record<string, unknown>,
  json: string,
  iterated: readonly string[],
): Failure | undefined | Promise<Failure | undefined> {
  if (!definition?.inputSchemaJson) return undefined;
  const inputs = rounded(value, json) as Record<string, unknown>;
  // A list that is read in pages counts as one that fits.
  const checked =
    iterated.length === 0 ? inputs : { ...inputs, ...Object.fromEntries(iterated.map((name) => [name, []])) };
  const checkedJson = checked === inputs ? json : JSON.stringify(checked);
  const broken = schemas.check(namespace, definition.inputSchemaJson, checked, checkedJson);
  const { name } = definition;
  return broken instanceof Promise
    ? broken.then((late) => inputInvalid(name, late))
    : inputInvalid(name, broken);
}

function inputInvalid(nodeName: string, broken: string | undefined): Failure | undefined {
  if (broken === undefined) return undefined;
  return {
    code: 'INPUT_INVALID',
    message: `the inputs break the input schema of ${nodeName}: ${broken}`,
  };
}

/** The failure of a state whose inputs and secrets do not fit into one assignment. */
export function sizeFailure(
  inputsJson: string,
  secrets: Readonly<Record<string, string>> | undefined,
  maxBytes: number,
): Failure | undefined {
  const ofSecrets = bytesOf(secrets);
  // A character takes three bytes at most: most texts are short enough not to be measured.
  if (inputsJson.length * 3 + ofSecrets <= maxBytes) return undefined;
  const bytes = Buffer.byteLength(inputsJson) + ofSecrets;
  if (bytes <= maxBytes) return undefined;
  const message = `the inputs are ${bytes} bytes with secrets, more than the ${maxBytes} that an assignment takes: ${passOnLess}`;
  return { code: 'INPUT_TOO_LARGE', message };
}

/** The failure of a state whose united lists, as far as they were read, do not fit into one assignment. */
export function listsFailure(bytes: number, maxBytes: number): Failure | undefined {
  if (bytes <= maxBytes) return undefined;
  const message =
    `the united lists are more than ${maxBytes} bytes (${bytes} when reading stopped): ` +
    'declare the input as an iterator, so that it is read in pages';
  return { code: 'INPUT_TOO_LARGE', message };
}

/** The united list, or that of the failures, that an input is, if it is exactly one. */
export function wholeList(template: InputTemplate): ListReference | undefined {
  if (template.kind !== 'reference') return undefined;
  const { reference } = template;
  if (reference.kind === 'united') return reference;
  const isFailures = reference.kind === 'unite' && reference.path.join('.') === 'failures';
  return isFailures ? reference : undefined;
}

export function outputKey({ state, output }: Pick<OutputRef, 'state' | 'output'>): string {
  return `${state}.${output}`;
}

export function listKey({ node, path }: { readonly node: number; readonly path: readonly string[] }): string {
  return JSON.stringify([node, path]);
}

const knownLengths = new WeakMap<Inputs, number>();

/** True if the values that the template names are too short to be counted, whichever stands where: nearly all are. */
function isSurelyWithin(node: GraphNode, { longest }: SharedValues, maxBytes: number): boolean {
  const { inputs } = node;
  // The trigger's inputs stand beside what a root's template names.
  const named = referencesOf(node).length + 1;
  const ofTemplate = getOrAdd(knownLengths, inputs, () => writeJson(inputs).length);
  return named * longest + ofTemplate <= maxBytes;
}

const knownReferences = new WeakMap<Inputs, readonly Reference[]>();

/** Whatever its inputs name, and the key of its rate. */
function referencesOf({ inputs, rate }: GraphNode): readonly Reference[] {
  return getOrAdd(knownReferences, inputs, () =>
    [...Object.values(inputs), ...(rate?.key ? [rate.key] : [])].flatMap((template) => references(template)),
  );
}

function isRoot({ parent }: StateStanding): boolean {
  return parent === 0;
}

function refTo({ refs }: StateStanding, node: number): OutputRef | undefined {
  return refs.find((one) => one.node === node);
}

/** Bytes of names and values, with what the wire adds. */
function bytesOf(secrets: Readonly<Record<string, string>> | undefined): number {
  if (secrets === undefined) return 0;
  let bytes = 0;
  for (const [name, value] of Object.entries(secrets)) bytes += name.length + Buffer.byteLength(value) + 16;
  return bytes;
}

/** Sets an own property, whatever its name. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  // A plain assignment is much faster, and this name alone would set something else.
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}
