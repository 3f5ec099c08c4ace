import type { z } from 'zod';
import type { Node } from '../nodes/node.ts';
import { type Secrets, secretPlaceholder } from '../nodes/secrets.ts';
import { checkOptions } from '../wire/options.ts';
import {
  type GraphOptions,
  graphOptions,
  graphWords,
  type PlaceOptions,
  placeOptions,
  placeWords,
  type StoreOptions,
  storeOptions,
  type UniteOptions,
  uniteOptions,
} from './graph-options.ts';
import type { GraphTemplate, NodeTemplate } from './graph-template.ts';
import { checkIdentifier, chooseIdentifier } from './identifiers.ts';
import { type GivenInputs, type RefsOf, refTo, type UnitedRef, writeInput } from './references.ts';
import { writeLimits, writeRate, writeRetry } from './run-policies.ts';
import { type GraphTrigger, writeTriggers } from './triggers.ts';
import { writeUnites } from './unite-options.ts';

/** A graph that is built, with the types of what triggers it and what it comes to. */
export interface Graph<I extends z.ZodObject = z.ZodObject, Output = unknown, Store = object> {
  /** The name that it is stored under, `[A-Za-z0-9_.-]{1,128}`. */
  readonly name: string;
  /** The schema of the trigger's inputs. */
  readonly inputs: I;
  /** The JSON that is uploaded, with `***` for each secret. */
  readonly template: GraphTemplate;
  /** The schema of what the trigger has to give the store; undefined: nothing. */
  readonly requiredStore: z.ZodObject | undefined;
  /** Identifiers of the places whose outputs `call` gives; undefined: all ends. */
  readonly ends: readonly string[] | undefined;
  /** The template, so that `JSON.stringify` writes it. */
  toJSON(): GraphTemplate;
  readonly [output]?: Output;
  readonly [store]?: Store;
}

declare const output: unique symbol;
declare const store: unique symbol;

/** Any graph, whatever triggers it and whatever it comes to. */
// biome-ignore lint/suspicious/noExplicitAny: graphs with different schemas have no narrower type in common.
export type AnyGraph = Graph<any, any, any>;

/** A schema without fields. */
type Nothing = z.ZodObject<Record<never, never>>;
/** The values that a trigger gives to the store. */
type GivenStore<Required extends z.ZodObject, Defaults> = z.input<Required> & {
  readonly [K in keyof Defaults]?: Defaults[K];
};

/** A place in a graph: a node, and where it stands. */
export interface Place<Output = unknown> {
  /** Its name in the graph: in the template, in states, results and failures. */
  readonly identifier: string;
  /** References to the outputs of the node. */
  readonly out: RefsOf<Output>;
}

/**
 * Numbers of branches by how they ended, for the inputs of a uniting node; `left_out`: those that the unite had fired
 * without before a retry by hand opened it again. They add up to `total`.
 */
type UniteCounts = {
  readonly [K in 'total' | 'succeeded' | 'failed' | 'pruned' | 'unfinished' | 'left_out']: UnitedRef<number>;
};

/** The failure of a branch. */
export interface UniteFailure {
  /** The place in the graph that failed. */
  readonly identifier: string;
  /** The position of the state in the run. */
  readonly path: string;
  /** Code in UPPER_SNAKE_CASE, such as NODE_ERROR. */
  readonly code: string;
  /** The message of what was thrown, or the state manager's own. */
  readonly message: string;
}

// biome-ignore lint/suspicious/noExplicitAny: places of nodes with different outputs have no narrower type in common.
type AnyPlace = Place<any>;
type OneOrMore<T> = T | readonly [T, ...T[]];
// biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is fine, too.
type Ends = OneOrMore<AnyPlace> | void;
type OutputsOf<E> =
  E extends Place<infer Output> ? Output : E extends readonly Place<infer Output>[] ? Output : unknown;

/** Says what follows what. */
export interface GraphBuilder<Trigger, Store = unknown, Secret extends string = never> {
  /** References to the trigger's inputs. */
  readonly trigger: RefsOf<Trigger>;
  /** References to the run's store, as it is when the node is handed out. */
  readonly store: RefsOf<Store>;
  /** Numbers of branches by their end, in a uniting node. */
  readonly counts: UniteCounts;
  /**
   * Failures in the branches, in a uniting node. An input that is `united(…)` reads all of them, in pages; any other one
   * gets the first 1,000 at most, with messages cut to 256 characters: see `failuresLeftOut`.
   */
  readonly failures: UnitedRef<UniteFailure[]>;
  /** Number of failures that `failures` leaves out where it is no `united(…)` input, in a uniting node. */
  readonly failuresLeftOut: UnitedRef<number>;
  /** True in a uniting node that runs before all branches have finished: the others are left out. */
  readonly partial: UnitedRef<boolean>;
  /** Number of the window, 1, 2, 3 …, in a uniting node that has windows; otherwise null. */
  readonly window: UnitedRef<number | null>;
  /** True in a uniting node if no window follows. */
  readonly final: UnitedRef<boolean>;

  /** Places the node that every run begins with. @throws TypeError there is one already, or a bad id */
  start<I extends z.ZodObject, O extends z.ZodObject>(
    node: Node<I, O, Secret>,
    inputs: GivenInputs<z.input<I>, false>,
    options?: PlaceOptions,
  ): Place<z.output<O>>;

  /** Places a node that runs once for each output of its parent, or of each of several. @throws TypeError a bad id */
  after<I extends z.ZodObject, O extends z.ZodObject>(
    parents: OneOrMore<AnyPlace>,
    node: Node<I, O, Secret>,
    inputs: GivenInputs<z.input<I>, false>,
    options?: PlaceOptions,
  ): Place<z.output<O>>;

  /**
   * Places a node that runs once, when all branches of one execution of `united` have come through `parents`.
   * `all` makes lists of what the branches came to. @throws TypeError a bad id
   */
  unite<I extends z.ZodObject, O extends z.ZodObject>(
    united: AnyPlace,
    parents: OneOrMore<AnyPlace>,
    node: Node<I, O, Secret>,
    inputs: GivenInputs<z.input<I>, true>,
    options?: UniteOptions,
  ): Place<z.output<O>>;
}

/**
 * Builds a graph. What `build` returns are the places whose outputs `Client.call` gives; nothing: all ends.
 * @throws TypeError a bad name or id, an option that it does not know, a secret without value, no start or two, or a returned place that others follow
 */
export function graph<
  I extends z.ZodObject,
  const E extends Ends,
  Secret extends string = never,
  Required extends z.ZodObject = Nothing,
  Defaults extends object = Record<never, never>,
>(
  name: string,
  options: GraphOptions<I, Required, Defaults, Secret>,
  build: (g: GraphBuilder<z.output<I>, z.output<Required> & Defaults, Secret>) => E,
): Graph<I, OutputsOf<E>, GivenStore<Required, Defaults>> {
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(name)) {
    throw new TypeError(`graph name "${name}": must be 1 to 128 of A-Z a-z 0-9 _ . -`);
  }
  checkOptions(`graph ${name}`, options, graphOptions, graphWords);
  checkOptions(`graph ${name}: store`, options.store, storeOptions);
  const places = new Places(name);
  const returned = build(builderOn(places));
  const ends = returned === undefined ? undefined : listOf(returned).map(({ identifier }) => identifier);
  for (const end of ends ?? []) places.checkEnd(end);
  const secrets = Object.entries<unknown>(options.secrets ?? {}).map(([secret, value]) => {
    if (typeof value === 'string') return [secret, value] as const;
    throw new TypeError(
      `graph ${name}: the secret ${secret} has no value: set it, or remove it from the graph`,
    );
  });
  const triggers = writeTriggers(name, options.inputs, (options.triggers ?? []) as readonly GraphTrigger[]);
  const template: GraphTemplate = {
    nodes: places.templates(),
    ...(secrets.length > 0 && {
      secrets: Object.fromEntries(secrets.map(([secret]) => [secret, secretPlaceholder])),
    }),
    ...(options.retry && { retry_policy: writeRetry(`graph ${name}`, options.retry) }),
    ...(options.order && { order: options.order }),
    ...(options.limits && { limits: writeLimits(`graph ${name}`, options.limits) }),
    ...(options.labels && { labels: options.labels }),
    ...(triggers.length > 0 && { triggers }),
    ...(options.store && { store_config: writeStore(options.store) }),
  };
  const built: Graph<I, OutputsOf<E>, GivenStore<Required, Defaults>> = {
    name,
    inputs: options.inputs,
    template,
    requiredStore: options.store?.required,
    ends,
    toJSON: () => template,
  };
  secretsOfGraphs.set(built, Object.fromEntries(secrets));
  return built;
}

/** Secrets by graph, kept apart so that they are not printed with one. */
const secretsOfGraphs = new WeakMap<object, Secrets>();

/** The template of a graph with the values of its secrets. */
export function templateWithSecrets(graph: AnyGraph | { readonly template: unknown }): unknown {
  const secrets = secretsOfGraphs.get(graph) ?? {};
  return Object.keys(secrets).length === 0 ? graph.template : { ...(graph as AnyGraph).template, secrets };
}

function writeStore({
  required,
  defaults,
}: StoreOptions<z.ZodObject, object>): NonNullable<GraphTemplate['store_config']> {
  const keys = Object.keys(required?.shape ?? {});
  return {
    ...(keys.length > 0 && { required_keys: keys }),
    ...(defaults && { default_values: defaults as Record<string, unknown> }),
  };
}

function builderOn<Trigger, Store, Secret extends string>(
  places: Places,
): GraphBuilder<Trigger, Store, Secret> {
  return {
    trigger: refTo('trigger'),
    store: refTo('store'),
    counts: refTo('unite.counts'),
    failures: refTo('unite.failures'),
    failuresLeftOut: refTo('unite.failures_left_out'),
    partial: refTo('unite.partial'),
    window: refTo('unite.window'),
    final: refTo('unite.final'),
    start: (node, inputs, options = {}) => {
      places.checkOptions(node.name, options, placeOptions);
      return places.add([], node.name, inputs, options);
    },
    after: (parents, node, inputs, options = {}) => {
      places.checkOptions(node.name, options, placeOptions);
      return places.add(listOf(parents), node.name, inputs, options);
    },
    unite: (united, parents, node, inputs, options = {}) => {
      places.checkOptions(node.name, options, uniteOptions);
      places.checkOwn(united);
      const unites = writeUnites(united.identifier, options);
      return places.add(listOf(parents), node.name, inputs, options, unites);
    },
  };
}

/** The places of one graph, while it is built. */
class Places {
  readonly #graphName: string;
  readonly #templates = new Map<string, NodeTemplate & { readonly next_nodes: string[] }>();
  readonly #own = new Set<AnyPlace>();

  constructor(graphName: string) {
    this.#graphName = graphName;
  }

  add<Output>(
    parents: readonly AnyPlace[],
    nodeName: string,
    inputs: object,
    options: PlaceOptions,
    unites?: NodeTemplate['unites'],
  ): Place<Output> {
    for (const parent of parents) this.checkOwn(parent);
    if (parents.length === 0 && this.#templates.size > 0) {
      throw new TypeError(
        `graph ${this.#graphName}: a graph has one start; place ${nodeName} after another node`,
      );
    }
    if (parents.length > 0 && this.#templates.size === 0)
      throw new TypeError(`graph ${this.#graphName} has no start`);
    const isTaken = (identifier: string) => this.#templates.has(identifier);
    const identifier =
      options.id === undefined ? chooseIdentifier(nodeName, isTaken) : checkIdentifier(options.id, isTaken);
    this.#templates.set(identifier, {
      node_name: nodeName,
      identifier,
      ...(Object.keys(inputs).length > 0 && { inputs: writeInput(inputs) as Record<string, unknown> }),
      ...(unites && { unites }),
      ...(options.retry && { retry_policy: writeRetry(this.#placeOf(nodeName), options.retry) }),
      ...(options.timeoutMs !== undefined && { timeout_ms: options.timeoutMs }),
      ...(options.maxParallel !== undefined && { max_parallel: options.maxParallel }),
      ...(options.rate && { rate: writeRate(this.#placeOf(nodeName), options.rate) }),
      next_nodes: [],
    });
    for (const parent of new Set(parents))
      this.#templates.get(parent.identifier)?.next_nodes.push(identifier);
    const place: Place<Output> = placeOf(identifier);
    this.#own.add(place);
    return place;
  }

  /** @throws TypeError the options of a place have a name that is not known */
  checkOptions(nodeName: string, options: PlaceOptions, known: Readonly<Record<string, true>>): void {
    checkOptions(this.#placeOf(nodeName), options, known, placeWords);
  }

  #placeOf(nodeName: string): string {
    return `graph ${this.#graphName}: ${nodeName}`;
  }

  checkOwn(place: AnyPlace): void {
    if (this.#own.has(place)) return;
    throw new TypeError(`graph ${this.#graphName}: "${place.identifier}" is a place in another graph`);
  }

  checkEnd(identifier: string): void {
    const next = this.#templates.get(identifier)?.next_nodes ?? [];
    if (next.length === 0) return;
    throw new TypeError(
      `graph ${this.#graphName} returns "${identifier}", but "${next[0]}" follows it: only ends have results`,
    );
  }

  /** @throws TypeError there is none */
  templates(): NodeTemplate[] {
    if (this.#templates.size === 0) throw new TypeError(`graph ${this.#graphName} has no start`);
    return [...this.#templates.values()];
  }
}

function listOf<T extends object>(oneOrMore: T | readonly T[]): readonly T[] {
  return Array.isArray(oneOrMore) ? oneOrMore : [oneOrMore as T];
}

/** A place; in a text it is a mistake, where one of its outputs is meant. */
function placeOf<Output>(identifier: string): Place<Output> {
  const place: Place<Output> = { identifier, out: refTo(`${identifier}.outputs`) };
  const refuse = () => {
    throw new TypeError(
      `the place "${identifier}" stands in a text: name one of its outputs, such as \${${identifier}.out.NAME}`,
    );
  };
  return Object.defineProperty(place, Symbol.toPrimitive, { value: refuse });
}
