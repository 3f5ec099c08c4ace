import type { Template } from '../graph/expression.ts';
import type { Graph } from '../graph/graph.ts';
import type { RetryPolicy } from '../graph/retry-policy.ts';
import type { RunLimits } from '../graph/run-limits.ts';
import type { GraphTrigger } from '../graph/triggers.ts';
import type { UnitePolicy } from '../graph/unite-policy.ts';
import { isJsonObject, quoted } from '../json/json.ts';
import {
  anything,
  listOf,
  mapOf,
  objectOf,
  oneOf,
  positiveInteger,
  type Reader,
  text,
  textLike,
  withPath,
} from '../json/read-json.ts';
import type { Violations } from '../json/violations.ts';
import { type Labels, noLabels } from '../model/labels.ts';
import type { Rate } from '../model/rate.ts';
import { checkStoresOf } from './check-stores.ts';
import { type Mention, parseTemplate, reservedNames } from './parse-expression.ts';
import { labels } from './read-labels.ts';
import { limits, rateFields, readUnitePolicy, retryPolicy, uniteFields } from './read-policies.ts';
import { storeConfig } from './read-store.ts';
import { triggers } from './read-triggers.ts';
import { secretValues } from './template-secrets.ts';

/** A graph template whose shape is read, with names not yet looked up. Absent is what is missing or unusable. */
export interface GraphTemplate {
  readonly nodes: readonly NodeTemplate[];
  readonly order: Graph['order'];
  readonly retry: Partial<RetryPolicy>;
  readonly limits: Partial<RunLimits>;
  /** Their values, by name. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly store: Graph['store'];
  /** False: `store_config` is not usable, so that the keys of the store are unknown. */
  readonly isStoreKnown: boolean;
  readonly triggers: readonly GraphTrigger[];
  readonly labels: Labels;
}

export interface NodeTemplate {
  readonly index: number;
  /** Its path in the template, such as `$.nodes[2]`. */
  readonly path: string;
  readonly identifier?: string;
  readonly nodeName?: string;
  readonly inputs: ReadonlyMap<string, NamedInput>;
  readonly nextNodes: readonly NamedNode[];
  readonly unites?: NamedUnites;
  readonly retry: Partial<RetryPolicy>;
  readonly timeoutMs?: number;
  readonly maxParallel?: number;
  readonly rate?: NamedRate;
}

/** A rate whose key is read. */
interface NamedRate extends Rate {
  readonly key?: NamedInput;
}

interface NamedInput {
  readonly path: string;
  readonly template: Template<Mention>;
}

/** An identifier that stands in `next_nodes` or `unites`. */
export interface NamedNode {
  readonly path: string;
  readonly identifier: string;
}

interface NamedUnites {
  readonly path: string;
  /** The united node. */
  readonly target?: NamedNode;
  readonly policy: UnitePolicy;
}

const maxNodes = 1000;

/** Reads the shape of a template, as far as it has one, and reports each place where it has not. */
export function readGraphTemplate(json: unknown, namespace: string, violations: Violations): GraphTemplate {
  const graph = graphFields(json, '$', violations) ?? {};
  const found = graph.nodes ?? [];
  if (found.length > maxNodes) {
    violations.add(
      '$.nodes',
      'TOO_MANY_NODES',
      () =>
        `a graph has at most ${maxNodes} nodes and this has ${found.length}: split it into several graphs`,
    );
  }
  const store = graph.store_config ?? { requiredKeys: [], defaults: new Map() };
  const isStoreKnown =
    graph.store_config !== undefined || !(isJsonObject(json) && Object.hasOwn(json, 'store_config'));
  const ownTriggers = graph.triggers ?? [];
  if (isStoreKnown) checkStoresOf(ownTriggers, store, violations);
  return {
    nodes: found.slice(0, maxNodes).map((node, index) => readNode(node, index, namespace, violations)),
    order: graph.order ?? 'DEPTH_FIRST',
    retry: graph.retry_policy ?? {},
    limits: graph.limits ?? {},
    secrets: graph.secrets ?? new Map(),
    store,
    isStoreKnown,
    triggers: ownTriggers.flatMap(({ value }) => value ?? []),
    labels: graph.labels ?? noLabels,
  };
}

const identifier: Reader<string> = (value, path, violations) => {
  const name = textLike(
    /^[A-Za-z0-9_-]{1,128}$/,
    'INVALID_IDENTIFIER',
    'an identifier of 1 to 128 letters, digits, _ and -, without dots: rename it',
  )(value, path, violations);
  // A plain object that maps identifiers would lose the key `__proto__`.
  if (name === undefined || !(reservedNames.includes(name) || name === '__proto__')) return name;
  violations.add(path, 'RESERVED_IDENTIFIER', () => `the identifier "${name}" is reserved: rename the node`);
  return undefined;
};

const nodeFields = objectOf(
  'a node',
  {
    node_name: textLike(
      /^[A-Za-z0-9_.-]{1,128}$/,
      'INVALID_VALUE',
      'the name of a node, of 1 to 128 letters, digits, _, . and -: correct it',
    ),
    identifier,
    namespace: text,
    inputs: mapOf(withPath(anything)),
    next_nodes: listOf(withPath(text)),
    unites: withPath(uniteFields),
    retry_policy: retryPolicy,
    timeout_ms: positiveInteger,
    max_parallel: positiveInteger,
    rate: withPath(rateFields),
  },
  ['node_name', 'identifier'],
);

const graphFields = objectOf(
  'a graph',
  {
    // Unusable nodes stay, so that each index is the one in the template.
    nodes: listOf(withPath((value, path, violations) => nodeFields(value, path, violations) ?? {})),
    secrets: secretValues,
    retry_policy: retryPolicy,
    store_config: storeConfig,
    triggers,
    order: oneOf(['DEPTH_FIRST', 'BREADTH_FIRST']),
    limits,
    labels,
  },
  ['nodes'],
);

type FoundNode = NonNullable<NonNullable<ReturnType<typeof graphFields>>['nodes']>[number];

function readNode(
  { path, value: fields }: FoundNode,
  index: number,
  namespace: string,
  violations: Violations,
): NodeTemplate {
  if (fields.namespace !== undefined && fields.namespace !== namespace) {
    violations.add(
      `${path}.namespace`,
      'NAMESPACE_MISMATCH',
      () =>
        `the namespace ${quoted(fields.namespace ?? '')} is not the graph's own: remove the field, or write "${namespace}"`,
    );
  }
  const onError = (at: string, message: string) => violations.add(at, 'INVALID_EXPRESSION', () => message);
  const inputs = [...(fields.inputs ?? [])].map(
    ([name, input]) =>
      [name, { path: input.path, template: parseTemplate(input.value, input.path, onError) }] as const,
  );
  return {
    index,
    path,
    ...(fields.identifier !== undefined && { identifier: fields.identifier }),
    ...(fields.node_name !== undefined && { nodeName: fields.node_name }),
    inputs: new Map(inputs),
    nextNodes: (fields.next_nodes ?? []).map((next) => ({ path: next.path, identifier: next.value })),
    ...(fields.unites !== undefined && {
      unites: readUnites(fields.unites.path, fields.unites.value, violations),
    }),
    retry: fields.retry_policy ?? {},
    ...(fields.timeout_ms !== undefined && { timeoutMs: fields.timeout_ms }),
    ...(fields.max_parallel !== undefined && { maxParallel: fields.max_parallel }),
    ...readRate(fields.rate, onError),
  };
}

function readRate(
  rate: FoundNode['value']['rate'],
  onError: (at: string, message: string) => void,
): { readonly rate?: NamedRate } {
  if (rate === undefined) return {};
  const { limit, per_ms: perMs, key } = rate.value;
  if (limit === undefined || perMs === undefined) return {};
  if (key === undefined) return { rate: { limit, perMs } };
  const path = `${rate.path}.key`;
  return { rate: { limit, perMs, key: { path, template: parseTemplate(key, path, onError) } } };
}

function readUnites(
  path: string,
  fields: NonNullable<ReturnType<typeof uniteFields>>,
  violations: Violations,
): NamedUnites {
  return {
    path,
    ...(fields.identifier !== undefined && {
      target: { path: `${path}.identifier`, identifier: fields.identifier },
    }),
    policy: readUnitePolicy(fields, path, violations),
  };
}
