import type { z } from 'zod';
import { NotRetryable } from '../wire/errors.ts';
import { checkOptions, type OptionNames } from '../wire/options.ts';
import type { NodeContext } from './context.ts';
import { type Duration, timerMs } from './durations.ts';
import type { KeepsLiterals, Primitive } from './literals.ts';
import { defineNode, type Node, type NodeOptions, type NodeResult } from './node.ts';

/** Executions that are made together. */
export interface BatchLimits {
  /** Number of executions in one call at most, 2 to 10,000. */
  readonly size: number;
  /** The longest that the first of them waits for others, such as `20ms`. */
  readonly within: Duration;
}

/** One execution in a batch. */
export interface BatchItem<Inputs, Secret extends string = never> {
  /** Its inputs, checked. */
  readonly inputs: Inputs;
  /** Its surroundings: its own state, attempt, idempotency key, signal, log and store. */
  readonly context: NodeContext<Secret>;
}

/** Result of one execution of a batch: what a node may return, or an error or a signal that is its alone. */
export type BatchResult<O> = NodeResult<O> | Error;

/** A node whose executions are made together, as it is written. */
export interface BatchNodeOptions<
  I extends z.ZodObject,
  O extends z.ZodObject,
  Secret extends string = never,
  Literal extends Primitive = never,
> extends Omit<NodeOptions<I, O, Secret, Literal>, 'openFanOut' | 'run'> {
  /** Bounds of a batch: it begins when it is large enough, or has waited for long enough. */
  readonly batch: BatchLimits;
  /**
   * Executes a batch. Returns one result for each item, in their order; an `Error` or a `Signal` among them concerns its
   * item alone. What it throws fails all of them.
   */
  readonly run: (
    items: readonly BatchItem<z.output<I>, Secret>[],
  ) => Promise<readonly BatchResult<KeepsLiterals<z.input<O>, Literal>>[]>;
}

const maxBatch = 10_000;
const limitNames: OptionNames<BatchLimits> = { size: true, within: true };

/**
 * Declares a node whose executions are made together where that is cheaper: rows of one insert, texts of one call of a model.
 * Each keeps a lease, an attempt and a result of its own. An execution takes a place of the runtime while it waits, so
 * a runtime needs as many places as a batch is large. One that is cancelled before its batch begins leaves it. Runtimes of
 * one process that host the same node share its batches.
 * @throws TypeError as `defineNode`; a batch that cannot work
 */
export function defineBatchNode<
  I extends z.ZodObject,
  O extends z.ZodObject,
  const Secret extends string = never,
  Literal extends Primitive = never,
>({ batch, run, ...options }: BatchNodeOptions<I, O, Secret, Literal>): Node<I, O, Secret> {
  const what = `node ${options.name}: batch`;
  checkOptions(what, batch, limitNames);
  const { size } = batch;
  if (!(Number.isInteger(size) && size >= 2 && size <= maxBatch))
    throw new TypeError(`${what}.size ${size}: must be a whole number from 2 to 10,000`);
  if (options.concurrency !== undefined && options.concurrency < size)
    throw new TypeError(
      `${what}.size ${size}: must be at most its concurrency, which is ${options.concurrency}: an execution that waits for its batch takes a place`,
    );
  type Result = BatchResult<KeepsLiterals<z.input<O>, Literal>>;
  const batches = new Batches<z.output<I>, Result, Secret>(
    options.name,
    size,
    timerMs(`${what}.within`, batch.within),
    run,
  );
  return defineNode<I, O, Secret, Literal>({
    ...options,
    run: async (inputs, context) => {
      const result = await batches.result({ inputs, context });
      if (result instanceof Error) throw result;
      return result as Exclude<Result, Error>;
    },
  });
}

interface Waiting<Inputs, Result, Secret extends string> {
  readonly item: BatchItem<Inputs, Secret>;
  resolve(result: Result): void;
  reject(error: unknown): void;
  /** Ends watching its signal. */
  forget(): void;
}

/** Collects executions of one node, and has them made together. */
class Batches<Inputs, Result, Secret extends string> {
  readonly #name: string;
  readonly #size: number;
  readonly #withinMs: number;
  readonly #run: (items: readonly BatchItem<Inputs, Secret>[]) => Promise<readonly Result[]>;
  /** Executions of the next batch, in the order in which they came. */
  readonly #waiting = new Set<Waiting<Inputs, Result, Secret>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    name: string,
    size: number,
    withinMs: number,
    run: (items: readonly BatchItem<Inputs, Secret>[]) => Promise<readonly Result[]>,
  ) {
    this.#name = name;
    this.#size = size;
    this.#withinMs = withinMs;
    this.#run = run;
  }

  result(item: BatchItem<Inputs, Secret>): Promise<Result> {
    const { signal } = item.context;
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiting);
        if (this.#waiting.size === 0) clearTimeout(this.#timer);
        reject(signal.reason);
      };
      const forget = () => signal.removeEventListener('abort', leave);
      const waiting = { item, resolve, reject, forget };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      else if (this.#waiting.size === this.#size) void this.#begin();
      else if (this.#waiting.size === 1) this.#timer = setTimeout(() => void this.#begin(), this.#withinMs);
    });
  }

  async #begin(): Promise<void> {
    clearTimeout(this.#timer);
    const batch = [...this.#waiting];
    this.#waiting.clear();
    for (const { forget } of batch) forget();
    try {
      const results = await this.#run(batch.map(({ item }) => item));
      if (!Array.isArray(results) || results.length !== batch.length)
        throw this.#miscounted(results, batch.length);
      for (const [at, { resolve }] of batch.entries()) resolve(results[at]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #miscounted(results: readonly unknown[], expected: number): NotRetryable {
    const given = Array.isArray(results) ? `${results.length} results` : 'no list';
    return new NotRetryable(
      `${this.#name} has returned ${given} for a batch of ${expected}: return one result for each execution, in their order`,
      { code: 'OUTPUT_INVALID' },
    );
  }
}
