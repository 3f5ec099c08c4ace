import type { Graph } from '../domain/graph.ts';
import type { OpenScope, TokenDelta } from '../domain/plan.ts';
import type { LoadedRun, PlannedReport, Settlement } from '../engine/ports.ts';
import type { Keys } from './keys.ts';
import { encodeAttempts, encodeOpenScope, encodeOrigins, scopeId } from './record-codec.ts';
import { type ScriptCall, scriptNamed } from './scripts.ts';
import { rankOf, wakeMessage } from './work.ts';

const script = scriptNamed('settle');

/** Puts a settlement into the words of settle.lua. */
export function settleCall(keys: Keys, settlement: Settlement): ScriptCall {
  const { run } = settlement;
  const shard = keys.shardOf(run.runId);
  const more = new KeyList();
  const args: (string | number)[] = [];
  const nodes = queuesOf(settlement);
  args.push(nodes.length);
  for (const node of nodes) {
    const { nodeName } = run.graph.nodes[node]!;
    args.push(
      node,
      more.index(keys.ready(run.runId, node)),
      more.index(keys.work(shard, run.namespace, nodeName)),
      wakeMessage(run, node),
    );
  }
  args.push(settlement.reports.length);
  for (const report of settlement.reports) pushReport(keys, shard, run, report, more, args);
  pushScopes(settlement, args);
  return {
    script,
    keys: {
      run: keys.run(run.runId),
      outputs: keys.outputs(run.runId),
      failures: keys.failures(run.runId),
      wide: keys.wide(run.runId),
      sessions: keys.sessions(shard),
      due: keys.due(shard),
      timeouts: keys.timeouts(shard),
      expanding: keys.expanding(shard),
    },
    args: {
      run_id: run.runId,
      expired_session: settlement.expiredSession ?? '',
      wake_channel: keys.wakeChannel(),
      end_channel: keys.endChannel(),
      rank: rankOf(run),
    },
    moreKeys: more.keys,
    moreArgs: args,
  };
}

/** Keys of a call, each once, by index. */
class KeyList {
  readonly keys: string[] = [];
  readonly #indexes = new Map<string, number>();

  index(key: string): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.keys.push(key));
    return this.keys.length;
  }
}

/** Indexes of nodes that may get ready states: children, replacements, and what firing scopes create. */
function queuesOf({ reports, run }: Settlement): number[] {
  const nodes = new Set<number>();
  for (const { plan, record, tokens } of reports) {
    if (plan.step.kind === 'succeed') for (const child of plan.step.children) nodes.add(child.node);
    else if (plan.step.kind !== 'fail' && plan.step.kind !== 'prune') nodes.add(record.origins.node);
    for (const { unite } of tokens) nodes.add(unite);
    if (plan.step.kind === 'succeed') for (const { unite } of plan.step.opens) nodes.add(unite);
  }
  return [...nodes].filter((node) => run.graph.nodes[node]);
}

const kinds = {
  succeed: 'S',
  fail: 'F',
  retry: 'R',
  prune: 'P',
  requeue: 'W',
  lose: 'L',
  return: 'U',
} as const;

function pushReport(
  keys: Keys,
  shard: number,
  run: LoadedRun,
  { state, sessionId, leaseToken, record, plan, outputsJson }: PlannedReport,
  more: KeyList,
  args: (string | number)[],
): void {
  const { step } = plan;
  const { node } = record.origins;
  const isTimed = run.graph.nodes[node]?.timeoutMs !== undefined;
  const leases = more.index(keys.leases(shard, sessionId));
  args.push(state, leaseToken, kinds[step.kind], leases, node, isTimed ? 1 : 0);
  switch (step.kind) {
    case 'succeed': {
      const staged = step.isStaged ? more.index(keys.staged(run.runId, state, leaseToken)) : 0;
      args.push(step.total, staged, step.isWide ? 0 : 1, step.children.length);
      for (const child of step.children) args.push(child.node, encodeOrigins(child));
      args.push(outputsJson.length);
      for (const output of outputsJson) args.push(output);
      break;
    }
    case 'fail':
      args.push(JSON.stringify(step.failure), step.countsIn.length);
      for (const scope of step.countsIn) args.push(failureMember(scope, state));
      break;
    case 'retry':
      args.push(encodeAttempts(step.attempts), step.delayMs, JSON.stringify(step.failure));
      break;
    case 'prune':
      args.push(step.dataJson);
      break;
    case 'requeue':
      args.push(encodeAttempts(step.attempts), step.delayMs);
      break;
    case 'lose':
      args.push(encodeAttempts(step.attempts));
      break;
    case 'return':
  }
}

/** Net changes by scope and branch, inner scopes first. */
function pushScopes({ reports, run }: Settlement, args: (string | number)[]): void {
  const opened = new Map<string, OpenScope>();
  const touched = new Map<string, { unite: number; branches: Map<number, TokenDelta> }>();
  for (const { plan, tokens } of reports) {
    if (plan.step.kind === 'succeed') {
      for (const scope of plan.step.opens) {
        opened.set(scopeId(scope), scope);
        touched.set(scopeId(scope), { unite: scope.unite, branches: new Map() });
      }
    }
    for (const token of tokens) {
      const id = scopeId(token);
      const scope = touched.get(id) ?? { unite: token.unite, branches: new Map() };
      touched.set(id, scope);
      const sum = scope.branches.get(token.branch);
      scope.branches.set(token.branch, sum ? addTokens(sum, token) : token);
    }
  }
  const ordered = [...touched].sort(([, left], [, right]) =>
    compareScopes(run.graph, left.unite, right.unite),
  );
  args.push(ordered.length);
  for (const [id, { branches }] of ordered) {
    const opens = opened.get(id);
    args.push(id, opens ? encodeOpenScope(opens) : '', branches.size);
    for (const { branch, delta, delivered, failed } of branches.values()) {
      args.push(branch, delta, (delivered ? 1 : 0) + (failed ? 2 : 0));
    }
  }
}

/** Inner scopes before those around them: one that covers another's uniting node is around it. */
function compareScopes({ nodes }: Graph, left: number, right: number): number {
  return nodes[right]!.coveredBy.length - nodes[left]!.coveredBy.length || left - right;
}

function addTokens(left: TokenDelta, right: TokenDelta): TokenDelta {
  return {
    ...left,
    delta: left.delta + right.delta,
    delivered: left.delivered || right.delivered,
    failed: left.failed || right.failed,
  };
}

function failureMember(scope: { unite: number; execution: number; branch: number }, state: number): string {
  return `${scopeId(scope)}:${String(scope.branch).padStart(10, '0')}:${state}`;
}
