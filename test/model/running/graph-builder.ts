/** Graphs of the model, written by hand. */
import type { Fate, ModelGraph, ModelNode, Policy } from '../model-graph.ts';

type Returning = Extract<Fate, { kind: 'outputs' }>;

export function returns(width = 1, more: Partial<Returning> = {}): Fate {
  return { kind: 'outputs', width, requeues: 0, thinkMs: 0, failsFirst: false, routes: [], ...more };
}

export const prunes: Fate = { kind: 'prunes' };
export const fails: Fate = { kind: 'fails', isRetryable: false, emits: 0 };

export interface BuiltNode {
  /** Names of the nodes that it lists. */
  readonly next?: readonly string[];
  readonly unites?: string;
  readonly policy?: Policy;
  readonly isOpen?: boolean;
  readonly fates?: readonly Fate[];
}

/** Nodes by name, the root first, each behind those that list it; they return one output unless told otherwise. */
export function buildGraph(nodes: Readonly<Record<string, BuiltNode>>): ModelGraph {
  const names = Object.keys(nodes);
  return Object.values(nodes).map(
    (
      { next = [], unites, policy = { strategy: 'ALL_SUCCESS' }, isOpen = false, fates = [returns()] },
      index,
    ): ModelNode => ({
      identifier: names[index]!,
      next: next.map((name) => names.indexOf(name)),
      ...(unites !== undefined && { unites: { target: names.indexOf(unites), policy } }),
      isOpen,
      fates,
    }),
  );
}

/** `split → work → unite`, with a policy and what each branch of three does in the end. */
export function fanOut(policy: Policy, work: readonly Fate[] = [returns()], width = 3): ModelGraph {
  return buildGraph({
    split: { next: ['work'], fates: [returns(width)] },
    work: { next: ['unite'], fates: work },
    unite: { unites: 'split', policy },
  });
}
