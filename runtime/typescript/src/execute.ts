import { z } from 'zod';
import type { NodeContext } from './context.ts';
import { NotRetryable } from './errors.ts';
import { type AnyNode, itemSchemaOf } from './node.ts';

/** What became of one execution. */
export type Execution =
  | { readonly kind: 'executed'; readonly outputs: readonly string[] }
  | {
      readonly kind: 'errored';
      readonly code: string;
      readonly message: string;
      readonly notRetryable: boolean;
    };

/** Lists that are read while the node runs, by input. */
export type UnitedInputs = Readonly<Record<string, AsyncIterable<unknown>>>;

/** Longest message of an error, characters. */
const longestMessage = 4_096;

/**
 * Checks the inputs, runs a node, and checks its outputs. Never throws or rejects. Synchronous as long as
 * the node is, so that a small node costs no promise.
 */
export function executeNode(
  node: AnyNode,
  inputs: Readonly<Record<string, unknown>>,
  context: NodeContext,
  united: UnitedInputs = {},
): Execution | Promise<Execution> {
  try {
    const values = parse(plainInputs(node), inputs, 'INPUT_INVALID', () => `the inputs of ${node.name}`);
    for (const name of node.iteratorInputs) values[name] = checked(node, name, united[name] ?? emptyList());
    const result: unknown = node.run(values, context);
    const execution = isPromise(result)
      ? result.then((value) => collect(node, value))
      : collect(node, result);
    return execution instanceof Promise ? execution.catch(failed) : execution;
  } catch (error) {
    return failed(error);
  }
}

/** What an error means to the state manager. */
export function failed(error: unknown): Execution {
  const text = error instanceof Error ? error.message || error.name : String(error);
  const message = text.length > longestMessage ? `${text.slice(0, longestMessage - 1)}…` : text;
  const notRetryable = error instanceof NotRetryable;
  return { kind: 'errored', code: notRetryable ? error.code : 'NODE_ERROR', message, notRetryable };
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
function collect(node: AnyNode, result: unknown): Execution | Promise<Execution> {
  if (result === undefined || result === null) return encode(node, [{}]);
  if (typeof result !== 'object') return encode(node, [result]);
  if (Symbol.asyncIterator in result) return drain(node, result as AsyncIterable<unknown>);
  if (Symbol.iterator in result) return encode(node, result as Iterable<unknown>);
  return encode(node, [result]);
}

async function drain(node: AnyNode, outputs: AsyncIterable<unknown>): Promise<Execution> {
  const all: unknown[] = [];
  for await (const output of outputs) all.push(output);
  return encode(node, all);
}

function encode(node: AnyNode, outputs: Iterable<unknown>): Execution {
  const texts: string[] = [];
  for (const output of outputs) {
    const parsed = parse(
      node.outputs,
      output,
      'OUTPUT_INVALID',
      () => `output ${texts.length} of ${node.name}`,
    );
    texts.push(JSON.stringify(parsed));
  }
  return { kind: 'executed', outputs: texts };
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

async function* emptyList(): AsyncGenerator<unknown> {}

function parse<T>(schema: z.ZodType<T>, value: unknown, code: string, what: () => string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new NotRetryable(`${what()}: ${z.prettifyError(result.error)}`, { code });
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function';
}
