/** Options of graphs and of the places in them, and their names. */
import type { z } from 'zod';
import type { RateOptions } from '../nodes/rate.ts';
import type { OptionNames, OtherWords } from '../wire/options.ts';
import type { GraphTemplate } from './graph-template.ts';
import type { Ref } from './references.ts';
import type { LimitOptions, RetryOptions } from './run-policies.ts';
import type { GraphTrigger } from './triggers.ts';
import type { UnitePolicy } from './unite-options.ts';

/** Options of a graph, beside its places. */
export interface GraphOptions<
  I extends z.ZodObject,
  Required extends z.ZodObject = z.ZodObject,
  Defaults extends object = object,
  Secret extends string = never,
> {
  /** The schema of the trigger's inputs. They also reach the first node, by name, over its own. */
  readonly inputs: I;
  /** Values by name, for the nodes that need them. Only `Client.upsert` and `validate` send them: `template` hides them. */
  readonly secrets?: Readonly<Record<Secret, string>>;
  /** The rule for trying failed work again, for places without their own. */
  readonly retry?: RetryOptions;
  /** Order of branches; `DEPTH_FIRST` if absent. */
  readonly order?: GraphTemplate['order'];
  /** Limits of a run: a state that would take it further fails, with the code LIMIT_EXCEEDED. */
  readonly limits?: LimitOptions;
  /** Labels by which runs are found, at most 8; a trigger may give others. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Triggers that start runs without a call, with the inputs that they give. */
  readonly triggers?: readonly GraphTrigger<z.input<NoInfer<I>>>[];
  /** Contents of the store of a run at its start. */
  readonly store?: StoreOptions<Required, Defaults>;
}

/** Keys of the store; a graph can name no other in its inputs, but nodes may add some. */
export interface StoreOptions<Required extends z.ZodObject, Defaults extends object> {
  /** The schema of keys that every trigger has to give. */
  readonly required?: Required;
  /** Values of keys that a trigger may give. */
  readonly defaults?: Defaults;
}

/** Options of a place in a graph. */
export interface PlaceOptions {
  /** Unique in the graph, `[A-Za-z0-9_-]{1,128}`; made from the node's name if absent. */
  readonly id?: string;
  /** The rule for trying failed work again, in place of the graph's. */
  readonly retry?: RetryOptions;
  /** One attempt lasts at most so long, wherever it runs, milliseconds. */
  readonly timeoutMs?: number;
  /** Number of states of one run that are handed out at once, at most. */
  readonly maxParallel?: number;
  /** Rate at which its states are handed out, over all runs of the graph; the key is a value, such as `place.out.customer`. */
  readonly rate?: RateOptions<RateKey>;
}

/** The value that a rate counts by, or a text with such values in it. */
export type RateKey = Ref<unknown> | string;

/** Options of a uniting place. `timeoutMs` is of one attempt of its node, `uniteTimeoutMs` of the waiting. */
export type UniteOptions = PlaceOptions & UnitePolicy;

export const graphOptions: OptionNames<GraphOptions<z.ZodObject>> = {
  inputs: true,
  secrets: true,
  retry: true,
  order: true,
  limits: true,
  labels: true,
  triggers: true,
  store: true,
};

export const storeOptions: OptionNames<StoreOptions<z.ZodObject, object>> = {
  required: true,
  defaults: true,
};

export const placeOptions: OptionNames<PlaceOptions> = {
  id: true,
  retry: true,
  timeoutMs: true,
  maxParallel: true,
  rate: true,
};

/** The template's word for the policy, and another plain one. */
export const graphWords: OtherWords<GraphOptions<z.ZodObject>> = {
  retries: 'retry',
  retryPolicy: 'retry',
  retry_policy: 'retry',
};

/** The template's word for the id, and the node's for numbers of executions. */
export const placeWords: OtherWords<PlaceOptions> = {
  identifier: 'id',
  name: 'id',
  concurrency: 'maxParallel',
  retries: 'retry',
  retryPolicy: 'retry',
  retry_policy: 'retry',
};

export const uniteOptions: OptionNames<UniteOptions> = {
  ...placeOptions,
  strategy: true,
  minSuccess: true,
  toleratedFailures: true,
  uniteTimeoutMs: true,
  failFast: true,
  window: true,
};
