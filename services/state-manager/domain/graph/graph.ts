import type { Labels } from '../model/labels.ts';
import type { Rate } from '../model/rate.ts';
import type { InputTemplate } from './expression.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { RunLimits } from './run-limits.ts';
import type { GraphTrigger } from './triggers.ts';
import type { UnitePolicy } from './unite-policy.ts';

/** A graph template, checked and compiled: what planning and evaluation need, worked out once. */
export interface Graph {
  /** Nodes in the order of the template; a node's `index` is its place here. */
  readonly nodes: readonly GraphNode[];
  /** Index of the one node that nothing leads to. */
  readonly root: number;
  readonly order: 'DEPTH_FIRST' | 'BREADTH_FIRST';
  /** Limits that the template sets; for others the configuration counts. */
  readonly limits: Partial<RunLimits>;
  /** Triggers that start runs of it without a call. */
  readonly triggers: readonly GraphTrigger[];
  readonly store: StoreConfig;
  /** Labels that each run of it has, unless its trigger gives others. */
  readonly labels: Labels;
}

/** Contents of a run's store at its start. */
export interface StoreConfig {
  /** Keys that a trigger has to give, unless they have a default. */
  readonly requiredKeys: readonly string[];
  /** Canonical JSON by key. */
  readonly defaults: ReadonlyMap<string, string>;
}

/** One node template. */
export interface GraphNode {
  readonly index: number;
  readonly identifier: string;
  readonly nodeName: string;
  /** Its place in topological order, from 0 for the root: nodes stand behind all that lead to them. */
  readonly topologicalIndex: number;
  /** Nodes on the longest way to it, both ends included: 1 for the root. */
  readonly depth: number;
  readonly inputs: Readonly<Record<string, InputTemplate>>;
  /** `next_nodes`, as indexes, in the order of the template. An edge to a node that unites delivers. */
  readonly nextNodes: readonly number[];
  /** Members of `nextNodes` that get a state for each output: all that do not unite. */
  readonly children: readonly number[];
  /** Present if this node unites. */
  readonly unites?: Unites;
  /** Indexes of the nodes that unite this one: each execution opens one scope for each. Inner scopes first. */
  readonly unitedBy: readonly number[];
  /** Indexes of the uniting nodes whose scopes cover this node. Inner scopes first. */
  readonly coveredBy: readonly number[];
  /** Members of `coveredBy` in which a failure here counts: where no inner uniting node answers for it. */
  readonly failsIn: readonly number[];
  /** Members of `coveredBy` that can close early, and then cancel what is unfinished here. */
  readonly cancelledBy: readonly number[];
  /**
   * Indexes of the ancestors whose outputs this node, or one that inherits from it, reads as single values; ascending.
   */
  readonly refs: readonly number[];
  /** Milliseconds that one attempt may take; undefined: no limit. */
  readonly timeoutMs?: number;
  /** Number of states of this node in one run that are QUEUED at once, at most; undefined: no limit. */
  readonly maxParallel?: number;
  /** Rate at which states of this node are handed out, over all runs of the graph; undefined: no limit. */
  readonly rate?: PlaceRate;
  readonly retry: RetryPolicy;
}

/** The rate of a node template. */
export interface PlaceRate extends Rate {
  /** Value by which states are counted apart; undefined: all are counted together. */
  readonly key?: InputTemplate;
}

/** The scope that a node unites, and the policy under which it fires. */
interface Unites {
  /** Index of the united node. */
  readonly target: number;
  readonly policy: UnitePolicy;
  /** Indexes of the nodes that the scope covers. */
  readonly covers: ReadonlySet<number>;
  /**
   * Members of `covers` whose unfinished states are not needed once the scope has closed early; empty if it never does.
   */
  readonly cancels: ReadonlySet<number>;
}

/** The node with an identifier; undefined: there is none. */
export function nodeOf(graph: Graph, identifier: string): GraphNode | undefined {
  return graph.nodes.find((node) => node.identifier === identifier);
}

/** True if states of a node may be leased in the step that makes them ready. Others are looked at closer, by claims. */
export function mayBeHandedOff({ maxParallel, rate, cancelledBy }: GraphNode): boolean {
  return maxParallel === undefined && rate === undefined && cancelledBy.length === 0;
}

export function nodeAt(graph: Graph, index: number): GraphNode {
  const node = graph.nodes[index];
  if (!node) throw new Error(`the graph has no node ${index}`);
  return node;
}

/**
 * Compares indexes of nodes by the order in which they are served: depth first, a run finishes branches before it begins
 * others; breadth first, the other way round.
 */
export function byServingOrder({ nodes, order }: Graph): (left: number, right: number) => number {
  const sign = order === 'DEPTH_FIRST' ? -1 : 1;
  return (left, right) => sign * (nodes[left]!.topologicalIndex - nodes[right]!.topologicalIndex);
}

/** The branches that a uniting node waits for. */
export function unitesAt(graph: Graph, index: number): Unites {
  const { identifier, unites } = nodeAt(graph, index);
  if (!unites) throw new Error(`the node ${identifier} does not unite`);
  return unites;
}
