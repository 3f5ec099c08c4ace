import { nodeAt } from '../../domain/graph/graph.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import type { ExpandCut, ExpandResult } from '../../engine/ports/settling.ts';
import { type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { markText, rankOf } from '../layout/ready-places.ts';
import { encodeStanding, scopeId } from '../layout/record-codec.ts';
import { KeyList, pushQueues } from './settle.ts';

/** Keys that every step needs which can let scopes fire. */
export function scopeKeys(keys: Keys, { runId }: LoadedRun) {
  const shard = keys.shardOf(runId);
  return {
    run: keys.run(runId),
    outputs: keys.outputs(runId),
    failures: keys.failures(runId),
    windows: keys.windows(runId),
    timers: keys.timers(shard),
    cancelling: keys.cancelling(shard),
    deadlines: keys.deadlines(shard),
    retiring: keys.retiring(shard),
    ends: keys.ends(shard),
  };
}

export function scopeArgs(keys: Keys, run: LoadedRun) {
  return {
    run_id: run.runId,
    rank: rankOf(run),
    wake_channel: keys.wakeChannel(),
    end_channel: keys.endChannel(),
    retention_ms: run.limits.retentionMs,
  };
}

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
      args.push(scopeId(scope), scope.branch, child.failsIn.includes(scope.unite) ? 1 : 0);
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
  return {
    script: scriptNamed('expand'),
    keys: {
      ...scopeKeys(keys, run),
      expanding: keys.expanding(keys.shardOf(runId)),
      routes: keys.stagedRoutes(runId, state, leaseToken),
    },
    args: {
      ...scopeArgs(keys, run),
      state,
      node: standing.node,
      most: atMost,
      cut: cut?.kind ?? '',
      only_below: markText(cut?.onlyBelow),
      failure: cut?.kind === 'cancel' ? JSON.stringify(cut.failure) : '',
    },
    moreKeys: more.keys,
    moreArgs: args,
  };
}

/** What expand.lua said. */
export function readExpandResult(reply: unknown): ExpandResult {
  const [kind, expanded = 0, longestReady = 0, isCancelling] = reply as [
    'MORE' | 'DONE' | 'GONE',
    ...number[],
  ];
  if (kind === 'GONE') return { kind: 'gone' };
  return {
    kind: kind === 'MORE' ? 'more' : 'done',
    expanded,
    longestReady,
    isCancelling: isCancelling === 1,
  };
}

/** Puts scopes whose time has come into the words of decide.lua. */
export function decideCall(keys: Keys, run: LoadedRun, scopes: readonly ScopeAddress[]): ScriptCall {
  const more = new KeyList();
  const args: (string | number)[] = [];
  const nodes = scopes.flatMap(({ unite }) => [unite, ...nodeAt(run.graph, unite).coveredBy]);
  pushQueues(keys, run, [...new Set(nodes)], more, args);
  args.push(scopes.length, ...scopes.map(scopeId));
  return {
    script: scriptNamed('decide'),
    keys: scopeKeys(keys, run),
    args: scopeArgs(keys, run),
    moreKeys: more.keys,
    moreArgs: args,
  };
}
