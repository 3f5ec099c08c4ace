/** What follows from one report: pure. The script applies it whole or not at all. */

import { getOrAdd } from './get-or-add.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { Failure } from './model.ts';
import type { OutputRef, ScopeBranch, StateOrigins, StateRecord } from './record.ts';
import { retryDelayMs } from './retry.ts';
import type { UnitePolicy } from './unite-policy.ts';

/** How often a state may lose its lease before it is ERRORED. */
const mostLosses = 3;
/** Children that one report may create in its own step. */
const widestStep = 500;

type Step =
  | {
      readonly kind: 'succeed';
      readonly total: number;
      readonly isStaged: boolean;
      /** The routes of its outputs were staged with them, and are followed when its children are created. */
      readonly isRouted: boolean;
      /** By output, then by place in `next_nodes`: whether it goes there, as `1` and `0`. Empty: everywhere. */
      readonly chosen: string;
      /** How many next nodes it has. */
      readonly places: number;
      /** The children are created after the commit, in steps of their own. */
      readonly isWide: boolean;
      /** In the order of the node's `children`. `'*'` stands for the index of the output. */
      readonly children: readonly ChildPlan[];
      readonly opens: readonly OpenScope[];
    }
  | EmitStep
  | SealStep
  | {
      readonly kind: 'fail';
      readonly failure: Failure;
      readonly countsIn: readonly ScopeBranch[];
      readonly seals: readonly SealedScope[];
    }
  /** Somebody else ended it. @property isUncounted it fails the run, since it lies in no scope */
  | {
      readonly kind: 'cancel';
      readonly failure: Failure;
      readonly countsIn: readonly ScopeBranch[];
      readonly isUncounted: boolean;
      readonly seals: readonly SealedScope[];
    }
  | {
      readonly kind: 'retry';
      readonly failure: Failure;
      readonly delayMs: number;
      readonly attempts: Attempts;
    }
  | { readonly kind: 'prune'; readonly dataJson: string; readonly seals: readonly SealedScope[] }
  /** The same state again, later; the attempt does not count. */
  | { readonly kind: 'requeue'; readonly delayMs: number; readonly attempts: Attempts }
  | { readonly kind: 'lose'; readonly attempts: Attempts }
  | { readonly kind: 'return' };

/** Some outputs become branches at once, while the state goes on. */
export interface EmitStep {
  readonly kind: 'emit';
  /** Number of the first state of the work: what the outputs belong to. */
  readonly work: number;
  /** Index of the first output: all before it were accepted. */
  readonly first: number;
  readonly total: number;
  /** By output, then by place in `next_nodes`, as `1` and `0`. Empty: everywhere. */
  readonly chosen: string;
  readonly places: number;
  readonly children: readonly ChildPlan[];
  /**
   * The ways on, first those to `children`: each with the scopes that shut it once they have closed. When all are
   * shut nobody needs an output any more.
   */
  readonly ways: readonly (readonly SealedScope[])[];
  /** Opened with the first output; later ones add to them. */
  readonly opens: readonly OpenScope[];
}

/** The state has emitted all that it will. @property total undefined: whatever was accepted, since nobody needs more */
export interface SealStep extends Pick<EmitStep, 'work' | 'ways' | 'opens'> {
  readonly kind: 'seal';
  readonly total: number | undefined;
}

/** A scope that emits have opened. */
export interface SealedScope {
  readonly unite: number;
  readonly execution: number;
}

export interface Attempts {
  readonly attempt: number;
  readonly losses: number;
  readonly retries: number;
}

/** What the children of all outputs share. A branch or output of `'*'` is that of the child's own output. */
export interface ChildPlan {
  readonly node: number;
  /** Its place in `next_nodes`. */
  readonly position: number;
  readonly parent: number;
  readonly scopes: readonly { unite: number; execution: number; branch: number | '*' }[];
  /** Those of its scopes that would cancel it if they had closed. */
  readonly guards: readonly { unite: number; execution: number }[];
  /** Indexes of those of its scopes in which a failure of it counts. */
  readonly failsIn: readonly number[];
  readonly refs: readonly { node: number; state: number; output: number | '*'; stagedUnder?: string }[];
}

/** A scope that an execution opens, with the uniting state that it will create. */
export interface OpenScope {
  readonly unite: number;
  readonly execution: number;
  readonly total: number;
  /** More branches may follow. */
  readonly isOpen?: boolean;
  /** Tokens that each branch starts with. */
  readonly tokens: number;
  /** Each branch delivers at once. */
  readonly delivers: boolean;
  /**
   * Branches differ from the start: by output, or for a wide fan-out as its children are created, until when
   * each branch has a token more.
   */
  readonly branches?: 'WHEN_EXPANDED' | readonly { readonly tokens: number; readonly delivers: boolean }[];
  readonly policy: UnitePolicy;
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

/** What a node answered with. */
export interface Answer {
  readonly total: number;
  /** For each output the identifiers that it goes to; undefined: to all next nodes. Absent: all do. */
  readonly routes?: readonly (readonly string[] | undefined)[];
  /** The lease token under which the outputs, and their routes if `isRouted`, were staged. */
  readonly stagedUnder?: string;
  readonly isRouted?: boolean;
}

/** The node answered with outputs. */
export function planExecuted(graph: Graph, state: number, record: StateRecord, answer: Answer): Plan {
  const { total, stagedUnder, isRouted = false } = answer;
  const node = nodeAt(graph, record.origins.node);
  const children = node.children.map((child) =>
    planChild(nodeAt(graph, child), state, record.origins, node, stagedUnder),
  );
  const isWide =
    isRouted || total * Math.max(children.length, countsAtOnce(graph, node) ? 1 : 0) > widestStep;
  const routes = answer.routes?.some((route) => route !== undefined) ? answer.routes : undefined;
  const opens = node.opens.map((unite) =>
    planScope(graph, node, unite, state, record.origins, answer, isWide),
  );
  const tokens = record.origins.scopes.map((scope): TokenDelta => {
    const { tokens: width, delivers } = perOutput(graph, node, scope.unite);
    if (!routes)
      return {
        ...scope,
        delta: total * width - 1,
        delivered: delivers && !isRouted && total > 0,
        failed: false,
      };
    const outputs = routes.map((route) => perRoutedOutput(graph, node, scope.unite, route));
    return {
      ...scope,
      delta: outputs.reduce((sum, output) => sum + output.tokens, -1),
      delivered: outputs.some((output) => output.delivers),
      failed: false,
    };
  });
  return {
    step: {
      kind: 'succeed',
      total,
      isStaged: stagedUnder !== undefined,
      isRouted,
      chosen: routes?.map((route) => routeMask(graph, node, route)).join('') ?? '',
      places: node.nextNodes.length,
      isWide,
      children,
      opens,
    },
    tokens,
  };
}

/** For each next node of a node, in order, whether an output goes there, as `1` and `0`. */
export function routeMask(graph: Graph, node: GraphNode, route: readonly string[] | undefined): string {
  return node.nextNodes
    .map((next) => (route === undefined || route.includes(nodeAt(graph, next).identifier) ? '1' : '0'))
    .join('');
}

/** The first identifier of a route that is not a next node; undefined: there is none. */
export function strayOfRoute(graph: Graph, node: GraphNode, route: readonly string[]): string | undefined {
  const known = node.nextNodes.map((next) => nodeAt(graph, next).identifier);
  return route.find((identifier) => !known.includes(identifier));
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
  const countsIn = failureCountsIn(graph, node, record);
  const seals = sealsOf(node, record);
  return { step: { kind: 'fail', failure, countsIn, seals }, tokens: released(record, countsIn) };
}

/**
 * Somebody else ended the state.
 * @param isFailure a user did: the scopes around see it. Otherwise nobody counts it
 */
export function planCancelled(graph: Graph, record: StateRecord, failure: Failure, isFailure: boolean): Plan {
  const node = nodeAt(graph, record.origins.node);
  const countsIn = isFailure ? failureCountsIn(graph, node, record) : [];
  const seals = sealsOf(node, record);
  const isUncounted = isFailure && countsIn.length === 0 && seals.length === 0;
  return {
    step: { kind: 'cancel', failure, countsIn, isUncounted, seals },
    tokens: released(record, countsIn),
  };
}

function failureCountsIn(graph: Graph, node: GraphNode, { origins, hasEmitted }: StateRecord): ScopeBranch[] {
  const counting = origins.scopes.filter((scope) => node.failsIn.includes(scope.unite));
  // With emits its failure is a branch of the scopes that they opened, and those answer for it further out.
  if (!hasEmitted) return counting;
  return counting.filter(
    ({ unite }) => !node.opens.some((inner) => nodeAt(graph, inner).coveredBy.includes(unite)),
  );
}

/** The scopes that its emits have opened, and that get no more branches when it ends. */
function sealsOf(node: GraphNode, { hasEmitted, origin }: StateRecord): SealedScope[] {
  return hasEmitted ? node.opens.map((unite) => ({ unite, execution: origin })) : [];
}

/** The state ends, and gives its tokens to nobody. */
function released({ origins }: StateRecord, failsIn: readonly ScopeBranch[]): TokenDelta[] {
  return origins.scopes.map((scope) => ({
    ...scope,
    delta: -1,
    delivered: false,
    failed: failsIn.includes(scope),
  }));
}

/** The node ended its branch: no failure, and nothing is delivered. */
export function planPruned(graph: Graph, record: StateRecord, dataJson: string): Plan {
  const seals = sealsOf(nodeAt(graph, record.origins.node), record);
  return { step: { kind: 'prune', dataJson, seals }, tokens: released(record, []) };
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

/** The scopes that cancel a state of the node when they close early: it is not settled any more then. */
export function guardsOf(graph: Graph, { node, scopes }: StateOrigins): readonly ScopeBranch[] {
  const { cancelledBy } = nodeAt(graph, node);
  return cancelledBy.length === 0 ? [] : scopes.filter(({ unite }) => cancelledBy.includes(unite));
}

export function nodeAt(graph: Graph, index: number): GraphNode {
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
export function perOutput(graph: Graph, node: GraphNode, unite: number): PerOutput {
  return getOrAdd(
    getOrAdd(knownPerOutput, node, () => new Map<number, PerOutput>()),
    unite,
    () => ({
      tokens: node.children.filter((child) => nodeAt(graph, child).coveredBy.includes(unite)).length,
      delivers: node.nextNodes.includes(unite),
    }),
  );
}

/** Whether its outputs are branches of a windowed scope that finish without any child. */
function countsAtOnce(graph: Graph, node: GraphNode): boolean {
  return node.opens.some(
    (unite) =>
      nodeAt(graph, unite).unites?.policy.window !== undefined && perOutput(graph, node, unite).tokens === 0,
  );
}

export function perRoutedOutput(
  graph: Graph,
  node: GraphNode,
  unite: number,
  route: readonly string[] | undefined,
): PerOutput {
  if (route === undefined) return perOutput(graph, node, unite);
  const isChosen = (next: number) => route.includes(nodeAt(graph, next).identifier);
  return {
    tokens: node.children.filter((child) => isChosen(child) && nodeAt(graph, child).coveredBy.includes(unite))
      .length,
    delivers: node.nextNodes.includes(unite) && isChosen(unite),
  };
}

export function planChild(
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
  const scopes = child.coveredBy.flatMap((unite) => held.get(unite) ?? []);
  return {
    node: child.index,
    position: parent.nextNodes.indexOf(child.index),
    parent: state,
    scopes,
    guards: scopes.filter(({ unite }) => child.cancelledBy.includes(unite)),
    failsIn: child.failsIn,
    refs: child.refs.flatMap((node): ChildPlan['refs'] =>
      node === parent.index ? [own] : findRef(origins, node),
    ),
  };
}

export function planScope(
  graph: Graph,
  united: GraphNode,
  unite: number,
  execution: number,
  origins: StateOrigins,
  { total, routes, isRouted }: Answer,
  isWide: boolean,
): OpenScope {
  const node = nodeAt(graph, unite);
  if (!node.unites) throw new Error(`node ${unite} does not unite`);
  const scopes = origins.scopes.filter((scope) => node.coveredBy.includes(scope.unite));
  const each = perOutput(graph, united, unite);
  const { policy } = node.unites;
  // Windows count branches one by one, also those that deliver at once.
  const differ = isRouted || routes?.some(Boolean) || (policy.window !== undefined && each.tokens === 0);
  const branches = !differ
    ? undefined
    : isWide
      ? ('WHEN_EXPANDED' as const)
      : Array.from({ length: total }, (_, i) => perRoutedOutput(graph, united, unite, routes?.[i]));
  return {
    unite,
    execution,
    total,
    ...each,
    ...(branches && { branches }),
    policy,
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
