import { nodeAt } from '../../domain/graph/graph.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { EmitStep, NewScope, SealedScope, SealStep } from '../../domain/plan/plan.ts';
import type { ScopeBranch } from '../../domain/run/scope-record.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import type { PlannedReport, Settlement } from '../../engine/ports/settling.ts';
import { assertNever } from '../../errors.ts';
import { type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { markText, rankOf, wakeMessage } from '../layout/ready-places.ts';
import { encodeAttempts, encodeNewScope, encodeStanding, scopeId } from '../layout/record-codec.ts';
import { storeArguments } from './store-changes.ts';

const script = scriptNamed('settle');

/** Puts a settlement into the words of settle.lua. */
export function settleCall(keys: Keys, settlement: Settlement): ScriptCall {
  const { run } = settlement;
  const shard = keys.shardOf(run.runId);
  const more = new KeyList();
  const args: (string | number)[] = [];
  pushQueues(keys, run, queuesOf(settlement), more, args);
  args.push(settlement.reports.length);
  for (const report of settlement.reports) pushReport(keys, shard, run, report, more, args);
  pushScopes(settlement, args);
  return {
    script,
    keys: {
      run: keys.run(run.runId),
      outputs: keys.outputs(run.runId),
      store: keys.store(run.runId),
      failures: keys.failures(run.runId),
      windows: keys.windows(run.runId),
      wide: keys.wide(run.runId),
      sessions: keys.sessions(shard),
      due: keys.due(shard),
      timeouts: keys.timeouts(shard),
      timers: keys.timers(shard),
      expanding: keys.expanding(shard),
      cancelling: keys.cancelling(shard),
      deadlines: keys.deadlines(shard),
      retiring: keys.retiring(shard),
      ends: keys.ends(shard),
    },
    args: {
      run_id: run.runId,
      expired_session: settlement.expiredSession ?? '',
      only_below: markText(settlement.onlyBelow),
      wake_channel: keys.wakeChannel(),
      end_channel: keys.endChannel(),
      retention_ms: run.limits.retentionMs,
      rank: rankOf(run),
      most_states: run.limits.states,
      most_bytes: run.limits.payloadBytes,
    },
    moreKeys: more.keys,
    moreArgs: args,
  };
}

/** Keys of a call, each once, by index. */
export class KeyList {
  readonly keys: string[] = [];
  readonly #indexes = new Map<string, number>();

  index(key: string): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.keys.push(key));
    return this.keys.length;
  }

  /** Another key, which nobody else names. */
  add(key: string): number {
    return this.keys.push(key);
  }
}

/** Indexes of nodes that may get ready states, or a slot for those that wait: a few too many do no harm. */
function queuesOf({ reports }: Settlement): number[] {
  const nodes = new Set<number>();
  for (const { plan, record } of reports) {
    const { step } = plan;
    nodes.add(record.standing.node);
    for (const { unite } of record.standing.scopes) nodes.add(unite);
    if ('children' in step) for (const child of step.children) nodes.add(child.node);
    if ('newScopes' in step) for (const { unite } of step.newScopes) nodes.add(unite);
    if ('seals' in step) for (const { unite } of step.seals) nodes.add(unite);
  }
  return [...nodes];
}

/** Where ready states of some nodes go, in the words of step.lua. */
export function pushQueues(
  keys: Keys,
  run: LoadedRun,
  nodes: readonly number[],
  more: KeyList,
  args: (string | number)[],
): void {
  const shard = keys.shardOf(run.runId);
  args.push(nodes.length);
  for (const node of nodes) {
    const { nodeName, maxParallel = 0 } = nodeAt(run.graph, node);
    args.push(
      node,
      more.index(keys.ready(run.runId, node)),
      more.index(keys.work(shard, run.namespace, nodeName)),
      wakeMessage(run, node),
      maxParallel,
    );
  }
}

const kinds = {
  succeed: 'S',
  emit: 'O',
  seal: 'Z',
  fail: 'F',
  cancel: 'X',
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
  { state, sessionId, leaseToken, record, plan, outputsJson, guards, store }: PlannedReport,
  more: KeyList,
  args: (string | number)[],
): void {
  const { step } = plan;
  const { node } = record.standing;
  const isTimed = run.graph.nodes[node]?.timeoutMs !== undefined;
  const leases = more.index(keys.leases(shard, sessionId));
  args.push(state, leaseToken, kinds[step.kind], leases, node, isTimed ? 1 : 0, guards.map(scopeId).join());
  switch (step.kind) {
    case 'succeed': {
      const staged = step.isStaged ? more.add(keys.staged(run.runId, state, leaseToken)) : 0;
      if (step.isStaged) more.add(keys.stagedRoutes(run.runId, state, leaseToken));
      const flag = step.isRouted ? 2 : step.isStaged ? 1 : 0;
      args.push(
        step.total,
        staged,
        flag,
        step.isWide ? 0 : 1,
        step.chosen,
        step.places,
        step.children.length,
      );
      for (const child of step.children) args.push(child.node, child.position, encodeStanding(child));
      args.push(outputsJson.length);
      for (const output of outputsJson) args.push(output);
      break;
    }
    case 'emit':
      args.push(step.work, step.first, step.total, step.chosen, step.places, step.children.length);
      for (const child of step.children) {
        args.push(child.node, child.position, encodeStanding(child), child.scopes.length);
        for (const scope of child.scopes) args.push(scopeId(scope), scope.branch);
      }
      pushWays(step, args);
      args.push(outputsJson.length);
      for (const output of outputsJson) args.push(output);
      break;
    case 'seal':
      args.push(step.work, step.total ?? -1);
      pushWays(step, args);
      break;
    case 'fail':
      pushSeals(record, step.seals, args);
      pushFailure(state, step.failure, step.countsIn, step.countsIn.length + step.seals.length === 0, args);
      break;
    case 'cancel':
      pushSeals(record, step.seals, args);
      pushFailure(state, step.failure, step.countsIn, step.isUncounted, args);
      break;
    case 'retry':
      args.push(encodeAttempts(step.attempts), step.delayMs, JSON.stringify(step.failure));
      break;
    case 'prune':
      pushSeals(record, step.seals, args);
      args.push(step.dataJson);
      break;
    case 'requeue':
      args.push(encodeAttempts(step.attempts), step.delayMs);
      break;
    case 'lose':
      args.push(encodeAttempts(step.attempts));
      break;
    case 'return':
      break;
    default:
      assertNever(step);
  }
  args.push(...(store ? storeArguments(store) : [0]));
}

function pushWays({ ways, newScopes }: EmitStep | SealStep, args: (string | number)[]): void {
  args.push(ways.length);
  for (const shutBy of ways) args.push(shutBy.map(scopeId).join());
  args.push(newScopes.length);
  for (const scope of newScopes) args.push(scopeId(scope), encodeNewScope(scope), scope.branches ? 1 : 0);
}

function pushSeals(
  { hasEmitted, work }: StateRecord,
  seals: readonly SealedScope[],
  args: (string | number)[],
): void {
  args.push(hasEmitted ? 1 : 0, work, seals.length);
  for (const scope of seals) args.push(scopeId(scope));
}

function pushFailure(
  state: number,
  failure: Failure,
  countsIn: readonly ScopeBranch[],
  isUncounted: boolean,
  args: (string | number)[],
): void {
  args.push(JSON.stringify(failure), isUncounted ? 1 : 0, countsIn.length);
  for (const scope of countsIn) args.push(failureMember(scope, state));
}

/** The scopes that are opened, net changes by scope and branch, and scopes that die when all is released. */
function pushScopes({ reports, dying = [] }: Settlement, args: (string | number)[]): void {
  const opened: NewScope[] = [];
  const touched = new Map<string, Map<number, Change>>();
  const add = (id: string, branch: number, change: Change) => {
    const branches = touched.get(id) ?? new Map<number, Change>();
    touched.set(id, branches.set(branch, addChanges(branches.get(branch), change)));
  };
  for (const { plan } of reports) {
    for (const token of plan.tokens) {
      const flags = (token.delivered ? 1 : 0) + (token.failed ? 2 : 0);
      if (token.delta !== 0 || flags !== 0) add(scopeId(token), token.branch, { delta: token.delta, flags });
    }
    if (plan.step.kind !== 'succeed' && plan.step.kind !== 'emit') continue;
    const first = plan.step.kind === 'emit' ? plan.step.first : 0;
    for (const scope of plan.step.newScopes) {
      if (!scope.mayGrow) opened.push(scope);
      if (typeof scope.branches !== 'object') continue;
      scope.branches.forEach(({ tokens, delivers }, i) => {
        add(scopeId(scope), first + i, { delta: tokens, flags: isNew + (delivers ? 1 : 0) });
      });
    }
  }
  args.push(opened.length);
  for (const scope of opened) args.push(scopeId(scope), encodeNewScope(scope));
  args.push(touched.size);
  for (const [id, branches] of touched) {
    args.push(id, branches.size);
    for (const [branch, { delta, flags }] of branches) args.push(branch, delta, flags);
  }
  args.push(dying.length);
  for (const scope of dying) args.push(scopeId(scope), 'dies');
}

/** What happens to a branch. Flags: 1 delivered, 2 failed, 4 begins in this step. */
interface Change {
  readonly delta: number;
  readonly flags: number;
}

const isNew = 4;

function addChanges(left: Change | undefined, right: Change): Change {
  if (!left) return right;
  return { delta: left.delta + right.delta, flags: left.flags | right.flags };
}

function failureMember(scope: { unite: number; execution: number; branch: number }, state: number): string {
  return `${scopeId(scope)}:${String(scope.branch).padStart(10, '0')}:${state}`;
}
