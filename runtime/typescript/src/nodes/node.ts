import { z } from 'zod';
import { checkOptions, type OptionNames, type OtherWords } from '../wire/options.ts';
import type { NodeContext } from './context.ts';
import { type Duration, timerMs } from './durations.ts';
import type { KeepsLiterals, Primitive } from './literals.ts';
import { checkRate, type RateOptions } from './rate.ts';

/** The return value of a node: one output, a list of outputs (one branch each), nothing, or an iterator of outputs. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is fine, too.
export type NodeResult<O> = O | readonly O[] | void | Iterable<O> | AsyncIterable<O>;

/** A node as it is written. `Literal` is found by the compiler: see `KeepsLiterals`. */
export interface NodeOptions<
  I extends z.ZodObject,
  O extends z.ZodObject,
  Secret extends string = never,
  Literal extends Primitive = never,
> {
  /** Unique in the namespace, `[A-Za-z0-9_.-]{1,128}`. */
  readonly name: string;
  /** The schema of its inputs, checked before each execution. Inputs that are `united(…)` are read in pages. */
  readonly inputs: I;
  /** The schema of one output. */
  readonly outputs: O;
  /** Its purpose, in a sentence. */
  readonly description?: string;
  /**
   * Open fan-out: each output becomes a branch at once, while the node goes on. Executed again after a crash, it
   * has to come to the same outputs: those that were accepted before are not sent again.
   */
  readonly openFanOut?: boolean;
  /** Number of executions at once in one runtime, at most, from 1; undefined: as many as the runtime takes. */
  readonly concurrency?: number | undefined;
  /**
   * The longest that one execution may take in this process, such as `30s`, at most 24 days; then its signal fires and
   * it fails with TIMEOUT.
   */
  readonly timeout?: Duration | undefined;
  /**
   * Rate at which its states are handed out, whichever graphs place it. The key is a dotted path in its inputs, such as
   * `customer.id`.
   */
  readonly rate?: RateOptions | undefined;
  /** Names of the secrets that it needs, each `[A-Za-z0-9_.-]{1,128}`: the graph has them, `context.secrets` too. */
  readonly secrets?: readonly Secret[];
  /** One execution. What it returns are its outputs, what it throws is a failure, or a `Signal`. */
  readonly run: (
    inputs: z.output<I>,
    context: NodeContext<Secret>,
  ) =>
    | NodeResult<KeepsLiterals<z.input<O>, Literal>>
    | Promise<NodeResult<KeepsLiterals<z.input<O>, Literal>>>;
}

/** Code that a runtime hosts, with the schemas of what goes in and comes out. */
export interface Node<
  I extends z.ZodObject = z.ZodObject,
  O extends z.ZodObject = z.ZodObject,
  Secret extends string = never,
> extends NodeOptions<I, O, Secret> {
  /** `timeout` in milliseconds. */
  readonly timeoutMs: number | undefined;
  /** JSON Schema of the inputs, as they come. */
  readonly inputSchemaJson: string;
  /** JSON Schema of one output, as its schema leaves it. */
  readonly outputSchemaJson: string;
  /** Names of inputs that are read in pages, as an async iterable. */
  readonly iteratorInputs: readonly string[];
}

/** Any node, whatever its inputs and outputs. */
// biome-ignore lint/suspicious/noExplicitAny: a list of nodes with different schemas has no narrower type.
export type AnyNode = Node<any, any, any>;

/** Options of a node, and what is made of them: `defineNode({ ...node, name })` makes another one of a node. */
const nodeOptions: OptionNames<Node> = {
  name: true,
  inputs: true,
  outputs: true,
  description: true,
  openFanOut: true,
  concurrency: true,
  timeout: true,
  rate: true,
  secrets: true,
  run: true,
  timeoutMs: true,
  inputSchemaJson: true,
  outputSchemaJson: true,
  iteratorInputs: true,
};

/** The graph's words for the same limits. */
const nodeWords: OtherWords<Node> = { maxParallel: 'concurrency' };

/**
 * Declares a node.
 * @throws TypeError a name is malformed, an option is not known, a schema cannot be written as JSON Schema, or an option cannot work
 */
export function defineNode<
  I extends z.ZodObject,
  O extends z.ZodObject,
  const Secret extends string = never,
  Literal extends Primitive = never,
>(options: NodeOptions<I, O, Secret, Literal>): Node<I, O, Secret> {
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(options.name)) {
    throw new TypeError(`node name "${options.name}": must be 1 to 128 of A-Z a-z 0-9 _ . -`);
  }
  checkOptions(`node ${options.name}`, options, nodeOptions, nodeWords);
  for (const secret of options.secrets ?? []) {
    if (!/^[A-Za-z0-9_.-]{1,128}$/.test(secret) || secret === '__proto__') {
      throw new TypeError(
        `node ${options.name}: secret "${secret}": must be 1 to 128 of A-Z a-z 0-9 _ . -; give the name, not the value`,
      );
    }
  }
  if (options.concurrency !== undefined)
    checkConcurrency(`node ${options.name}: concurrency`, options.concurrency);
  if (options.rate) checkRate(`node ${options.name}`, options.rate);
  return {
    ...options,
    timeoutMs:
      options.timeout === undefined ? undefined : timerMs(`node ${options.name}: timeout`, options.timeout),
    inputSchemaJson: schemaJson(options.name, options.inputs),
    outputSchemaJson: outputSchemaJson(options.name, options.outputs),
    iteratorInputs: Object.entries(options.inputs.shape).flatMap(([name, schema]) =>
      itemSchemas.has(schema as z.ZodType) ? [name] : [],
    ),
  };
}

const itemSchemas = new WeakMap<z.ZodType, z.ZodType>();

/** The schema of such an input; a graph gives it a list. */
export type UnitedSchema<T extends z.ZodType> = z.ZodType<AsyncIterable<z.output<T>>, readonly z.input<T>[]>;

/** An input that is a united list, read in pages while the node runs: memory stays bounded however long it is. */
export function united<T extends z.ZodType>(item: T): UnitedSchema<T> {
  const schema = z.array(item).transform((items) => toAsync(items));
  itemSchemas.set(schema, item);
  return schema as unknown as UnitedSchema<T>;
}

/** The schema of the items of an iterator input. */
export function itemSchemaOf(node: AnyNode, input: string): z.ZodType {
  const schema = itemSchemas.get(node.inputs.shape[input]);
  if (!schema) throw new Error(`input ${input} of ${node.name} is not declared with united()`);
  return schema;
}

/** @throws TypeError it is no number of executions */
export function checkConcurrency(what: string, concurrency: number): void {
  if (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 100_000) return;
  throw new TypeError(`${what} ${concurrency}: must be a whole number from 1 to 100,000`);
}

async function* toAsync<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** The JSON Schema of inputs as they arrive, before transforms. */
function schemaJson(
  name: string,
  schema: z.ZodObject,
  how: Parameters<typeof z.toJSONSchema>[1] = { io: 'input' },
): string {
  try {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, how);
    return JSON.stringify(rest);
  } catch (error) {
    throw new TypeError(
      `node ${name}: its schema cannot be written as JSON Schema: ${(error as Error).message}`,
    );
  }
}

/** The JSON Schema of outputs as they travel, after transforms. */
function outputSchemaJson(name: string, schema: z.ZodObject): string {
  // Refuses what JSON cannot say; what a transform comes to is not known, and anything.
  schemaJson(name, schema);
  return schemaJson(name, schema, {
    io: 'output',
    unrepresentable: 'any',
    override({ zodSchema: { _zod }, jsonSchema }) {
      // Fields beyond a plain object's are left out, so it need not forbid them.
      if (_zod.def.type === 'object' && _zod.def.catchall === undefined)
        delete jsonSchema.additionalProperties;
    },
  });
}
