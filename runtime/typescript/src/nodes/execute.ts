import type { Output } from '@fanout/proto';
import { z } from 'zod';
import { type Around, surrounded } from '../wire/around.ts';
import { NotRetryable } from '../wire/errors.ts';
import type { NodeContext } from './context.ts';
import { failureOf, type NodeFailure } from './failures.ts';
import { type AnyNode, itemSchemaOf } from './node.ts';
import { marksOf } from './output-marks.ts';
import type { Secrets } from './secrets.ts';
import { Prune, RequeueAfter, Signal } from './signals.ts';

/** The result of one execution. */
export type Execution =
  | { readonly kind: 'executed'; readonly outputs: readonly EncodedOutput[] }
  /** All outputs of an open fan-out have been emitted. */
  | { readonly kind: 'sealed'; readonly emitCount: number }
  | ({ readonly kind: 'errored' } & NodeFailure & {
        /** The value that was thrown, which stays in this process; undefined: nothing was. */
        readonly cause?: unknown;
      })
  /** JSON; empty: no data. */
  | { readonly kind: 'pruned'; readonly dataJson: string }
  | { readonly kind: 'requeued'; readonly delayMs: number };

/** One output as it travels. */
export type EncodedOutput = Output & { readonly outputJson: string };

/** Bytes of an output in a frame, at most. */
export function bytesOf({ outputJson, route, label = '' }: EncodedOutput): number {
  let bytes = 3 * (outputJson.length + label.length) + 8;
  for (const identifier of route?.nextNodes ?? []) bytes += 3 * identifier.length + 8;
  return bytes;
}

/** Lists that are read while the node runs, by input. */
type UnitedInputs = Readonly<Record<string, AsyncIterable<unknown>>>;

/** Takes the outputs of an open fan-out, one by one. */
export interface EmitSink {
  /** The index of the next output. */
  readonly next: number;
  /** Undefined: there is room for more at once. @throws the output cannot be sent, or is not wanted any more */
  emit(output: EncodedOutput): Promise<void> | undefined;
  /** An output that was accepted from an earlier attempt; it is not sent. True if the next one is such. */
  skip(): boolean;
}

/** Characters of a label that travel: the state manager cuts it to 200 bytes. */
const maxLabel = 200;

/** Time among the outputs of one node after which the event loop gets a turn, milliseconds. */
const sliceMs = 5;
/** A list of so few outputs is written at once. */
const fewOutputs = 64;

/** The parts of an execution that not every one has. */
export interface ExecutionParts {
  /** Lists that are read while the node runs. */
  readonly united?: UnitedInputs | undefined;
  /** Takes the outputs as they come; undefined: they are collected. */
  readonly sink?: EmitSink | undefined;
  /** Code of the user's around the execution, the outermost first. */
  readonly arounds?: readonly Around<NodeContext<string>>[] | undefined;
}

/**
 * Checks the inputs, runs a node, and checks its outputs. Never throws or rejects. Synchronous as long as
 * the node is, and nothing is around it, so that a small node costs no promise.
 */
export function executeNode(
  node: AnyNode,
  inputs: Readonly<Record<string, unknown>>,
  context: NodeContext<string>,
  parts: ExecutionParts = {},
): Execution | Promise<Execution> {
  const { secrets } = context;
  const { arounds = [] } = parts;
  try {
    const run = () => runNodeWith(node, inputs, context, parts);
    const execution = arounds.length === 0 ? run() : surrounded(arounds, context, async () => run());
    return execution instanceof Promise ? execution.catch((error) => thrown(error, secrets)) : execution;
  } catch (error) {
    return thrown(error, secrets);
  }
}

/** @throws whatever the node throws, or is wrong with its inputs and outputs */
function runNodeWith(
  node: AnyNode,
  inputs: Readonly<Record<string, unknown>>,
  context: NodeContext<string>,
  { united = {}, sink }: ExecutionParts,
): Execution | Promise<Execution> {
  const { secrets } = context;
  for (const name of node.secrets ?? []) if (!Object.hasOwn(secrets, name)) throw missingSecret(node, name);
  const values = parse(plainInputs(node), inputs, 'INPUT_INVALID', () => `the inputs of ${node.name}`);
  for (const name of node.iteratorInputs) {
    values[name] = checked(node, name, united[name] ?? givenItems(node, name, inputs[name]));
  }
  const result: unknown = node.run(values, context);
  const take = (value: unknown) =>
    sink ? emitAll(node, outputsOf(value), context.signal, sink) : collect(node, value, context);
  // What only has a then() may return anything from it, and reject later.
  return isPromise(result) ? Promise.resolve(result).then(take) : take(result);
}

/** The result for a thrown value: a signal's own, or an error, in which the state manager gets to see no secret. */
export function thrown(value: unknown, secrets: Secrets = {}): Execution {
  try {
    if (value instanceof RequeueAfter) return { kind: 'requeued', delayMs: value.delayMs };
    if (value instanceof Prune) {
      return { kind: 'pruned', dataJson: written(value.data, () => 'the data of the prune') ?? '' };
    }
  } catch (error) {
    // Its data cannot be written, or it is a proxy that refuses to say what it is.
    return { kind: 'errored', ...failureOf(error, secrets), cause: error };
  }
  return { kind: 'errored', ...failureOf(value, secrets), cause: value };
}

/** The JSON of a value; undefined: it is nothing that JSON can say. @throws NotRetryable it cannot be written */
function written(value: unknown, what: () => string): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new NotRetryable(`${what()} cannot be written as JSON`, { code: 'OUTPUT_INVALID', cause });
  }
}

function missingSecret(node: AnyNode, name: string): NotRetryable {
  const message = `${node.name} needs the secret "${name}", which did not come: give it in the graph, or to runNode`;
  return new NotRetryable(message, { code: 'SECRET_MISSING' });
}

const known = new WeakMap<AnyNode, z.ZodObject>();

/** The schema of all inputs that come with the assignment. */
function plainInputs(node: AnyNode): z.ZodObject {
  let schema = known.get(node);
  if (!schema) {
    const omitted = Object.fromEntries(node.iteratorInputs.map((name) => [name, true as const]));
    schema = (node.iteratorInputs.length === 0 ? node.inputs : node.inputs.omit(omitted)) as z.ZodObject;
    known.set(node, schema);
  }
  return schema;
}

/** Nothing is one empty output; a list or an iterator is one branch for each. */
function collect(
  node: AnyNode,
  result: unknown,
  context: NodeContext<string>,
): Execution | Promise<Execution> {
  if (result === undefined || result === null) return encode(node, [{}]);
  if (typeof result !== 'object') return encode(node, [result]);
  if (Array.isArray(result) && result.length <= fewOutputs) return encode(node, result);
  if (Symbol.asyncIterator in result || Symbol.iterator in result) {
    return encodeMany(node, result as Iterable<unknown> | AsyncIterable<unknown>, context.signal);
  }
  return encode(node, [result]);
}

/** The outputs of what a node gave, one after the other. */
function outputsOf(result: unknown): Iterable<unknown> | AsyncIterable<unknown> {
  if (result === undefined || result === null) return [{}];
  if (typeof result === 'object' && (Symbol.asyncIterator in result || Symbol.iterator in result))
    return result as Iterable<unknown> | AsyncIterable<unknown>;
  return [result];
}

/** Emits outputs as they come, no faster than they are accepted, and gives the event loop its turns. */
async function emitAll(
  node: AnyNode,
  outputs: Iterable<unknown> | AsyncIterable<unknown>,
  signal: AbortSignal,
  sink: EmitSink,
): Promise<Execution> {
  let until = performance.now() + sliceMs;
  for await (const output of outputs) {
    signal.throwIfAborted();
    if (!sink.skip()) await sink.emit(encodeOne(node, output, sink.next));
    if (performance.now() > until) {
      await new Promise((resolve) => setImmediate(resolve));
      until = performance.now() + sliceMs;
    }
  }
  return { kind: 'sealed', emitCount: sink.next };
}

function encode(node: AnyNode, outputs: readonly unknown[]): Execution {
  return { kind: 'executed', outputs: outputs.map((output, index) => encodeOne(node, output, index)) };
}

/** Takes outputs as they come, until `signal` fires, and gives the event loop its turns. */
async function encodeMany(
  node: AnyNode,
  outputs: Iterable<unknown> | AsyncIterable<unknown>,
  signal: AbortSignal,
): Promise<Execution> {
  const encoded: EncodedOutput[] = [];
  let until = performance.now() + sliceMs;
  for await (const output of outputs) {
    signal.throwIfAborted();
    encoded.push(encodeOne(node, output, encoded.length));
    if (encoded.length % fewOutputs === 0 && performance.now() > until) {
      await new Promise((resolve) => setImmediate(resolve));
      until = performance.now() + sliceMs;
    }
  }
  return { kind: 'executed', outputs: encoded };
}

function encodeOne(node: AnyNode, output: unknown, index: number): EncodedOutput {
  const what = () => `output ${index} of ${node.name}`;
  if (output instanceof Signal)
    throw new NotRetryable(`${what()} is a ${output.name}: throw it`, { code: 'OUTPUT_INVALID' });
  const outputJson = written(parse(node.outputs, output, 'OUTPUT_INVALID', what), what) ?? '';
  const { to, label } = marksOf(output);
  if (to === undefined && label === undefined) return { outputJson };
  return {
    outputJson,
    ...(to !== undefined && { route: { nextNodes: [...to] } }),
    ...(label !== undefined && { label: label.slice(0, maxLabel) }),
  };
}

async function* checked(
  node: AnyNode,
  input: string,
  items: AsyncIterable<unknown>,
): AsyncGenerator<unknown> {
  const schema = itemSchemaOf(node, input);
  let index = 0;
  for await (const item of items) {
    const at = index++;
    yield parse(schema, item, 'INPUT_INVALID', () => `${input}[${at}] of ${node.name}`);
  }
}

/** A list that came with the assignment, such as a constant of the graph. */
function givenItems(node: AnyNode, input: string, given: unknown): AsyncIterable<unknown> {
  const items = parse(
    z.array(z.unknown()),
    given,
    'INPUT_INVALID',
    () => `the input ${input} of ${node.name}`,
  );
  return (async function* () {
    yield* items;
  })();
}

function parse<T>(schema: z.ZodType<T>, value: unknown, code: string, what: () => string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new NotRetryable(`${what()}: ${z.prettifyError(result.error)}`, { code });
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function';
}
