/** What follows from one report: pure. The script applies it whole or not at all. */

import { getOrAdd } from './get-or-add.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { Failure } from './model.ts';
import type { OutputRef, ScopeBranch, StateOrigins, StateRecord } from './record.ts';
import { retryDelayMs } from './retry.ts';

/** How often a state may lose its lease before it is ERRORED. */
const mostLosses = 3;
/** Children that one report may create in its own step. */
const widestStep = 500;

type Step =
  | {
      readonly kind: 'succeed';
      readonly total: number;
      readonly isStaged: boolean;
      /** The children are created after the commit, in steps of their own. */
      readonly isWide: boolean;
      /** In the order of the node's `children`. `'*'` stands for the index of the output. */
      readonly children: readonly ChildPlan[];
      readonly opens: readonly OpenScope[];
    }
  | { readonly kind: 'fail'; readonly failure: Failure; readonly countsIn: readonly ScopeBranch[] }
  | {
      readonly kind: 'retry';
      readonly failure: Failure;
      readonly delayMs: number;
      readonly attempts: Attempts;
    }
  | { readonly kind: 'prune'; readonly dataJson: string }
  /** The same state again, later; the attempt does not count. */
  | { readonly kind: 'requeue'; readonly delayMs: number; readonly attempts: Attempts }
  | { readonly kind: 'lose'; readonly attempts: Attempts }
  | { readonly kind: 'return' };

export interface Attempts {
  readonly attempt: number;
  readonly losses: number;
  readonly retries: number;
}

/** What the children of all outputs share. A branch or output of `'*'` is that of the child's own output. */
export interface ChildPlan {
  readonly node: number;
  readonly parent: number;
  readonly scopes: readonly { unite: number; execution: number; branch: number | '*' }[];
  readonly refs: readonly { node: number; state: number; output: number | '*'; stagedUnder?: string }[];
}

/** A scope that an execution opens, with the uniting state that it will create. */
export interface OpenScope {
  readonly unite: number;
  readonly execution: number;
  readonly total: number;
  /** Tokens that each branch starts with. */
  readonly tokens: number;
  /** Each branch delivers at once. */
  readonly delivers: boolean;
  readonly strategy: 'ALL_SUCCESS' | 'ALL_DONE';
  readonly origins: StateOrigins;
  /** The scopes that the uniting state will hold, and whether its failure counts there. */
  readonly outers: readonly (ScopeBranch & { readonly countsFailure: boolean })[];
}

/** What one report does to one branch of one scope. */
export interface TokenDelta extends ScopeBranch {
  readonly delta: number;
  readonly delivered: boolean;
  readonly failed: boolean;
}

export interface Plan {
  readonly step: Step;
  readonly tokens: readonly TokenDelta[];
}

/** The node answered with outputs, `total` of them. */
export function planExecuted(
  graph: Graph,
  state: number,
  record: StateRecord,
  total: number,
  stagedUnder: string | undefined,
): Plan {
  const node = nodeAt(graph, record.origins.node);
  const children = node.children.map((child) =>
    planChild(nodeAt(graph, child), state, record.origins, node, stagedUnder),
  );
  const opens = node.opens.map((unite) => planScope(graph, node, unite, state, record.origins, total));
  const tokens = record.origins.scopes.map((scope) => {
    const { tokens: width, delivers } = perOutput(graph, node, scope.unite);
    return { ...scope, delta: total * width - 1, delivered: delivers && total > 0, failed: false };
  });
  const isWide = total * children.length > widestStep;
  return {
    step: { kind: 'succeed', total, isStaged: stagedUnder !== undefined, isWide, children, opens },
    tokens,
  };
}

/**
 * The state failed: a replacement, or the end of it.
 * @param random uniform in [0, 1), for jitter
 */
export function planErrored(
  graph: Graph,
  record: StateRecord,
  failure: Failure,
  isRetryable: boolean,
  random: number,
): Plan {
  const node = nodeAt(graph, record.origins.node);
  const { attempt, retries } = record;
  if (isRetryable && retries < node.retry.maxRetries) {
    const attempts = { attempt: attempt + 1, losses: 0, retries: retries + 1 };
    const delayMs = retryDelayMs(node.retry, retries + 1, random);
    return { step: { kind: 'retry', failure, delayMs, attempts }, tokens: [] };
  }
  const { scopes } = record.origins;
  const countsIn = scopes.filter((scope) => node.failsIn.includes(scope.unite));
  const tokens = scopes.map((scope) => ({
    ...scope,
    delta: -1,
    delivered: false,
    failed: countsIn.includes(scope),
  }));
  return { step: { kind: 'fail', failure, countsIn }, tokens };
}

/** The node ended its branch: no failure, and nothing is delivered. */
export function planPruned(record: StateRecord, dataJson: string): Plan {
  const tokens = record.origins.scopes.map((scope) => ({
    ...scope,
    delta: -1,
    delivered: false,
    failed: false,
  }));
  return { step: { kind: 'prune', dataJson }, tokens };
}

/** The node asks to be handed out again: leases lost before say nothing of what comes then. */
export function planRequeued({ attempt, retries }: StateRecord, delayMs: number): Plan {
  return { step: { kind: 'requeue', delayMs, attempts: { attempt, losses: 0, retries } }, tokens: [] };
}

/** The runtime that held the state is gone: the same state again, up to a limit. */
export function planLost(graph: Graph, record: StateRecord): Plan {
  const { attempt, retries } = record;
  const losses = record.losses + 1;
  if (losses < mostLosses)
    return { step: { kind: 'lose', attempts: { attempt: attempt + 1, losses, retries } }, tokens: [] };
  const message = `the lease was lost ${losses} times in a row: the runtimes that execute it die or stop answering`;
  return planErrored(graph, record, { code: 'LEASE_LOST', message }, false, 0);
}

/** The state was leased, but never reached a runtime. */
export const planReturned: Plan = { step: { kind: 'return' }, tokens: [] };

/** The scopes that a plan can touch in the end: those with a change, and all that a firing there adds to. */
export function touchedScopes(graph: Graph, record: StateRecord, plan: Plan): readonly TokenDelta[] {
  const changed = plan.tokens.filter(({ delta, delivered, failed }) => delta !== 0 || delivered || failed);
  const opened = plan.step.kind === 'succeed' ? plan.step.opens.map(({ unite }) => unite) : [];
  if (changed.length === 0 && opened.length === 0) return [];
  const firing = [...changed.map(({ unite }) => unite), ...opened];
  const outer = new Set(firing.flatMap((unite) => nodeAt(graph, unite).coveredBy));
  const held = plan.tokens.length > 0 ? plan.tokens : record.origins.scopes.map(unchanged);
  return held.filter((token) => changed.includes(token) || outer.has(token.unite));
}

function nodeAt(graph: Graph, index: number): GraphNode {
  const node = graph.nodes[index];
  if (!node) throw new Error(`the graph has no node ${index}`);
  return node;
}

interface PerOutput {
  readonly tokens: number;
  readonly delivers: boolean;
}

const knownPerOutput = new WeakMap<GraphNode, Map<number, PerOutput>>();

/** What each output of a node means to a scope around it: tokens for children, and whether it delivers. */
function perOutput(graph: Graph, node: GraphNode, unite: number): PerOutput {
  return getOrAdd(
    getOrAdd(knownPerOutput, node, () => new Map<number, PerOutput>()),
    unite,
    () => ({
      tokens: node.children.filter((child) => nodeAt(graph, child).coveredBy.includes(unite)).length,
      delivers: node.nextNodes.includes(unite),
    }),
  );
}

function planChild(
  child: GraphNode,
  state: number,
  origins: StateOrigins,
  parent: GraphNode,
  stagedUnder: string | undefined,
): ChildPlan {
  const held = new Map<number, ChildPlan['scopes'][number]>(
    origins.scopes.map((scope) => [scope.unite, scope]),
  );
  for (const unite of parent.opens) held.set(unite, { unite, execution: state, branch: '*' });
  const own = { node: parent.index, state, output: '*' as const, ...(stagedUnder && { stagedUnder }) };
  return {
    node: child.index,
    parent: state,
    scopes: child.coveredBy.flatMap((unite) => held.get(unite) ?? []),
    refs: child.refs.flatMap((node): ChildPlan['refs'] =>
      node === parent.index ? [own] : findRef(origins, node),
    ),
  };
}

function planScope(
  graph: Graph,
  united: GraphNode,
  unite: number,
  execution: number,
  origins: StateOrigins,
  total: number,
): OpenScope {
  const node = nodeAt(graph, unite);
  if (!node.unites) throw new Error(`node ${unite} does not unite`);
  const scopes = origins.scopes.filter((scope) => node.coveredBy.includes(scope.unite));
  return {
    unite,
    execution,
    total,
    ...perOutput(graph, united, unite),
    strategy: node.unites.strategy,
    origins: {
      node: unite,
      parent: execution,
      scopes,
      refs: node.refs.flatMap((ref) => findRef(origins, ref)),
    },
    outers: scopes.map((scope) => ({ ...scope, countsFailure: node.failsIn.includes(scope.unite) })),
  };
}

function findRef(origins: StateOrigins, node: number): OutputRef[] {
  return origins.refs.filter((ref) => ref.node === node);
}

function unchanged(scope: ScopeBranch): TokenDelta {
  return { ...scope, delta: 0, delivered: false, failed: false };
}
