/**
 * The consequences of one report, worked out: the script applies them whole or not at all.
 *
 * A plan names no state that does not exist yet, since the script numbers them. It describes the children of all outputs
 * once, and `'*'` stands for what differs between them: the index of a child's own output. With `split → work ×3 →
 * merge`, where `merge` unites `split` and the nodes have the indexes 0, 1 and 2:
 *
 *     split, state 1, returns 3 outputs
 *       step    succeed, total 3
 *         children   [{ node 1, parent 1, scopes [{ unite 2, execution 1, branch '*' }], refs [{ node 0, state 1, output '*' }] }]
 *         newScopes  [{ unite 2, execution 1, total 3, tokens 1, standing { node 2, parent 1 } }]
 *       tokens  []
 *       → states 2, 3 and 4 of work: that of output 1 is state 3, with a token in branch 1 and a ref to output 1
 *     work, state 3, fails, and its policy has a try left
 *       step    retry, delayMs, attempts { attempt 2, retries 1 }
 *       tokens  []
 *       → state 5 of work, which stands where state 3 stood and holds its token
 *     work, states 2, 4 and 5, return 1 output each; of state 5:
 *       step    succeed, total 1, children [], newScopes []: an edge to a node that unites delivers
 *       tokens  [{ unite 2, execution 1, branch 1, delta -1, delivered true, failed false }]
 *       → with the last of the three the scope has no token left, and fires: state 6 of merge
 */

import { type Graph, nodeAt } from '../graph/graph.ts';
import type { UnitePolicy } from '../graph/unite-policy.ts';
import type { Failure } from '../model/state.ts';
import type { ScopeBranch } from '../run/scope-record.ts';
import type { StateStanding, Suspicion } from '../run/state-record.ts';

type Step =
  | {
      readonly kind: 'succeed';
      readonly total: number;
      readonly isStaged: boolean;
      /** The routes of its outputs were staged with them, and are followed when its children are created. */
      readonly isRouted: boolean;
      /** Routes by output, then by place in `next_nodes`: `1` if it goes there, else `0`. Empty: everywhere. */
      readonly chosen: string;
      /** The number of next nodes that its node has. */
      readonly nextNodes: number;
      /** The children are created after the commit, in steps of their own. */
      readonly isWide: boolean;
      /** Branches that keep the token of the state until all its routes were followed: it has no children in them. */
      readonly keptOpen: readonly ScopeBranch[];
      /** Children in the order of the node's `children`. `'*'` stands for the index of the output. */
      readonly children: readonly ChildPlan[];
      readonly newScopes: readonly NewScope[];
    }
  | EmitStep
  | SealStep
  | {
      readonly kind: 'fail';
      readonly failure: Failure;
      readonly countsIn: readonly ScopeBranch[];
      readonly seals: readonly SealedScope[];
    }
  /** It is ended from outside. */
  | {
      readonly kind: 'cancel';
      readonly failure: Failure;
      readonly countsIn: readonly ScopeBranch[];
      /** It fails the run, since it lies in no scope. */
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
  /** The same state again; a suspect may have to wait. */
  | { readonly kind: 'lose'; readonly attempts: Attempts; readonly delayMs?: number }
  | { readonly kind: 'return' };

/** Some outputs become branches at once, while the state goes on. */
export interface EmitStep {
  readonly kind: 'emit';
  /** Number of the first state of the work: what the outputs belong to. */
  readonly work: number;
  /** Index of the first output: all before it were accepted. */
  readonly first: number;
  readonly total: number;
  /** Routes by output, then by place in `next_nodes`, as `1` and `0`. Empty: everywhere. */
  readonly chosen: string;
  readonly nextNodes: number;
  readonly children: readonly ChildPlan[];
  /**
   * The edges on, first those to `children`: each with the scopes that close it once they have closed. When all are
   * closed no output is needed any more.
   */
  readonly ways: readonly (readonly SealedScope[])[];
  /** Opened with the first output; later ones add to them. */
  readonly newScopes: readonly NewScope[];
}

/** The state has emitted all that it will. `total` undefined: whatever was accepted, since no more is needed. */
export interface SealStep extends Pick<EmitStep, 'work' | 'ways' | 'newScopes'> {
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
  /** Present: the state is a suspect. */
  readonly suspicion?: Suspicion;
}

/** The part that the children of all outputs share. A branch or output of `'*'` is that of the child's own output. */
export interface ChildPlan {
  readonly node: number;
  /** Its place in `next_nodes`. */
  readonly position: number;
  readonly parent: number;
  readonly scopes: readonly { unite: number; execution: number; branch: number | '*' }[];
  /** Scopes that it holds and that would cancel it if they had closed. */
  readonly guards: readonly { unite: number; execution: number }[];
  /** Indexes of those of its scopes in which a failure of it counts. */
  readonly failsIn: readonly number[];
  readonly refs: readonly { node: number; state: number; output: number | '*'; stagedUnder?: string }[];
}

/** A scope that an execution opens, with the uniting state that it will create. */
export interface NewScope {
  readonly unite: number;
  readonly execution: number;
  readonly total: number;
  /** More branches may follow. */
  readonly mayGrow?: boolean;
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
  readonly standing: StateStanding;
  /** The scopes that the uniting state will hold, and whether its failure counts there. */
  readonly outers: readonly (ScopeBranch & { readonly countsFailure: boolean })[];
}

/** The effect of one report on one branch of one scope. */
export interface TokenDelta extends ScopeBranch {
  readonly delta: number;
  readonly delivered: boolean;
  readonly failed: boolean;
}

export interface Plan {
  readonly step: Step;
  readonly tokens: readonly TokenDelta[];
}

/** The scopes that cancel a state of the node when they close early: it is not settled any more then. */
export function guardsOf(graph: Graph, { node, scopes }: StateStanding): readonly ScopeBranch[] {
  const { cancelledBy } = nodeAt(graph, node);
  return cancelledBy.length === 0 ? [] : scopes.filter(({ unite }) => cancelledBy.includes(unite));
}

/** The outputs of a node's answer: their number, their routes, and where they were staged. */
export interface Answer {
  readonly total: number;
  /** Identifiers that each output goes to; undefined: to all next nodes. Absent: all do. */
  readonly routes?: readonly (readonly string[] | undefined)[];
  /** The lease token under which the outputs, and their routes if `isRouted`, were staged. */
  readonly stagedUnder?: string;
  readonly isRouted?: boolean;
}
