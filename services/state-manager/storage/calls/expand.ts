import { nodeAt, unitesAt } from '../../domain/graph/graph.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import type { ExpandCut, ExpandResult } from '../../engine/ports/settling.ts';
import { type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { markText } from '../layout/marks.ts';
import { scopeId } from '../layout/scope-record.ts';
import { encodeStanding } from '../layout/state-record.ts';
import { KeyList, pushQueues } from './key-list.ts';
import { allStepArgs, stepKeys } from './step.ts';

/** The failure of children that a scope has closed without before they existed. */
const unneeded = { code: 'UNITE_DECIDED', message: 'a unite around it was decided without it' };

/** Puts a step of a fan-out into the words of expand.lua. */
export function expandCall(
  keys: Keys,
  run: LoadedRun,
  state: number,
  { standing, leaseToken }: StateRecord,
  { step }: Plan,
  { atMost, cut }: { readonly atMost: number; readonly cut?: ExpandCut },
): ScriptCall {
  if (step.kind !== 'succeed') throw new Error(`a ${step.kind} step has no children to create`);
  const { runId, graph } = run;
  const node = nodeAt(graph, standing.node);
  const more = new KeyList();
  const args: (string | number)[] = [];
  const nodes = new Set(step.children.map((child) => child.node));
  for (const { unite } of [...standing.scopes, ...step.newScopes]) nodes.add(unite);
  pushQueues(keys, run, [...nodes], more, args);
  args.push(step.children.length);
  for (const child of step.children) {
    args.push(child.node, child.position, encodeStanding(child), child.guards.map(scopeId).join());
    args.push(child.scopes.length);
    for (const scope of child.scopes) {
      const within = child.guards.filter(({ unite }) => unitesAt(graph, unite).cancels.has(scope.unite));
      const fails = child.failsIn.includes(scope.unite) ? 1 : 0;
      args.push(scopeId(scope), scope.branch, fails, within.map(scopeId).join());
    }
  }
  // With routes, or one by one, branches deliver when their outputs are followed.
  const explicit = step.newScopes.filter(({ branches }) => branches === 'WHEN_EXPANDED');
  const held = step.isRouted ? standing.scopes : [];
  const edges = [
    ...held.map((scope) => ({ unite: scope.unite, id: scopeId(scope), branch: scope.branch })),
    ...explicit.map((scope) => ({ unite: scope.unite, id: scopeId(scope), branch: '*' })),
  ].filter(({ unite }) => node.nextNodes.includes(unite));
  args.push(edges.length);
  for (const { unite, id, branch } of edges) args.push(node.nextNodes.indexOf(unite), id, branch);
  args.push(explicit.length);
  for (const scope of explicit) args.push(scopeId(scope));
  args.push(step.keptOpen.length);
  for (const scope of step.keptOpen) args.push(scopeId(scope), scope.branch);
  return {
    script: scriptNamed('expand'),
    keys: {
      ...stepKeys(keys, run),
      expanding: keys.expanding(keys.shardOf(runId)),
      routes: keys.stagedRoutes(runId, state, leaseToken),
    },
    args: {
      ...allStepArgs(keys, run),
      state,
      node: standing.node,
      max_children: atMost,
      cut: cut?.kind ?? '',
      only_below: markText(cut?.onlyBelow),
      failure: JSON.stringify(cut?.kind === 'cancel' ? cut.failure : unneeded),
    },
    moreKeys: more.keys,
    moreArgs: args,
  };
}

/** Reads what expand.lua said. */
export function readExpandResult(reply: unknown): ExpandResult {
  const [kind, expanded = 0, maxReady = 0, isCancelling] = reply as ['MORE' | 'DONE' | 'GONE', ...number[]];
  if (kind === 'GONE') return { kind: 'gone' };
  return {
    kind: kind === 'MORE' ? 'more' : 'done',
    expanded,
    maxReady,
    isCancelling: isCancelling === 1,
  };
}
