import { byServingOrder } from '../../domain/graph/graph.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { EmitStep, NewScope, SealedScope, SealStep } from '../../domain/plan/plan.ts';
import type { ScopeBranch } from '../../domain/run/scope-record.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import type {
  HandedOff,
  PlannedReport,
  RefusalReason,
  Settlement,
  SettleResult,
  Taker,
} from '../../engine/ports/settling.ts';
import { assertNever } from '../../errors.ts';
import { isWrongData, storageError } from '../connection/redis.ts';
import { type RunOfCall, type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { markText } from '../layout/marks.ts';
import { failureMember } from '../layout/run-fields.ts';
import { headFields, readHead } from '../layout/run-head.ts';
import { encodeNewScope, scopeId } from '../layout/scope-record.ts';
import { decodeState, encodeAttempts, encodeStanding } from '../layout/state-record.ts';
import { KeyList, pushQueues } from './key-list.ts';
import { Offers } from './offers.ts';
import { stepArgs, stepArgsOfRun, stepKeysOfRun, stepKeysOfShard } from './step.ts';
import { readStoreRefusal, storeArguments } from './store-changes.ts';

const script = scriptNamed('settle');

/** Puts settlements of runs on one shard, each run once, into the words of settle.lua. */
export function settleCall(
  keys: Keys,
  settlements: readonly Settlement[],
  takers: readonly Taker[] = [],
): ScriptCall {
  const shard = keys.shardOf(settlements[0]!.run.runId);
  const more = new KeyList();
  const offers = new Offers(keys, shard, takers, more);
  const runs = settlements.map((settlement) => runOfCall(keys, shard, settlement, offers, more));
  return {
    script,
    keys: {
      ...stepKeysOfShard(keys, shard),
      sessions: keys.sessions(shard),
      streams: keys.streams(shard),
      due: keys.due(shard),
      suspects: keys.suspects(shard),
      timeouts: keys.timeouts(shard),
      expanding: keys.expanding(shard),
    },
    args: { head_fields: headFields.join(), ...stepArgs(keys) },
    moreArgs: offers.encode(),
    runs,
    moreKeys: more.keys,
  };
}

function runOfCall(
  keys: Keys,
  shard: number,
  settlement: Settlement,
  offers: Offers,
  more: KeyList,
): RunOfCall {
  const { run } = settlement;
  const args: (string | number)[] = [];
  const nodes = queuesOf(settlement);
  pushQueues(keys, run, nodes, more, args);
  offers.pushOffered(run, settlement.wasBroken ? [] : nodes, args);
  args.push(run.limits.states, run.limits.payloadBytes, settlement.recordsAtEnd ?? -1);
  args.push(settlement.reports.length);
  for (const report of settlement.reports) pushReport(keys, shard, run, report, more, args);
  pushScopes(settlement, args);
  // V8 takes microseconds to add to what was spread, and a call has many runs: what is spread stands last.
  return {
    keys: { store: keys.store(run.runId), slowest: keys.slowest(run.runId), ...stepKeysOfRun(keys, run) },
    args: {
      expired_session: settlement.expiredSession ?? '',
      only_below: markText(settlement.onlyBelow),
      ...stepArgsOfRun(run),
    },
    moreArgs: args,
  };
}

/**
 * Indexes of nodes that may get ready states, or a slot for those that wait, in the order in which they are served: a
 * few too many do no harm.
 */
function queuesOf({ run, reports }: Settlement): number[] {
  const nodes = new Set<number>();
  for (const { plan, record } of reports) {
    const { step } = plan;
    nodes.add(record.standing.node);
    for (const { unite } of record.standing.scopes) nodes.add(unite);
    if ('children' in step) for (const child of step.children) nodes.add(child.node);
    if ('newScopes' in step) for (const { unite } of step.newScopes) nodes.add(unite);
    if ('seals' in step) for (const { unite } of step.seals) nodes.add(unite);
  }
  return nodes.size === 1 ? [...nodes] : [...nodes].sort(byServingOrder(run.graph));
}

function pushReport(
  keys: Keys,
  shard: number,
  run: LoadedRun,
  { state, sessionId, leaseToken, record, plan, outputsJson, labels, guards, store }: PlannedReport,
  more: KeyList,
  args: (string | number)[],
): void {
  const { step } = plan;
  const { node } = record.standing;
  const isTimed = run.graph.nodes[node]?.timeoutMs !== undefined;
  const leases = more.index(keys.leases(shard, sessionId));
  args.push(state, leaseToken, step.kind, leases, node, isTimed ? 1 : 0, guards.map(scopeId).join());
  switch (step.kind) {
    case 'succeed': {
      args.push(step.total, step.isStaged ? 1 : 0);
      if (step.isStaged) {
        const { runId } = run;
        args.push(
          more.add(keys.staged(runId, state, leaseToken)),
          more.add(keys.stagedRoutes(runId, state, leaseToken)),
          more.add(keys.stagedLabels(runId, state, leaseToken)),
        );
      }
      const flag = step.isRouted ? 2 : step.isStaged ? 1 : 0;
      args.push(flag, step.isWide ? 0 : 1, step.chosen, step.nextNodes, step.children.length);
      for (const child of step.children) args.push(child.node, child.position, encodeStanding(child));
      pushOutputs(outputsJson, labels, args);
      break;
    }
    case 'emit':
      args.push(step.work, step.first, step.total, step.chosen, step.nextNodes, step.children.length);
      for (const child of step.children) {
        args.push(child.node, child.position, encodeStanding(child), child.scopes.length);
        for (const scope of child.scopes) args.push(scopeId(scope), scope.branch);
      }
      pushWays(step, args);
      pushOutputs(outputsJson, labels, args);
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
      args.push(encodeAttempts(step.attempts), step.delayMs ?? 0);
      break;
    case 'return':
      break;
    default:
      assertNever(step);
  }
  args.push(...(store ? storeArguments(store) : [0]));
}

/** Outputs, then the labels of those that have one, each behind the place of its output. */
function pushOutputs(
  outputsJson: readonly string[],
  labels: ReadonlyMap<number, string> | undefined,
  args: (string | number)[],
): void {
  args.push(outputsJson.length);
  for (const output of outputsJson) args.push(output);
  args.push(labels?.size ?? 0);
  if (labels) for (const [place, label] of labels) args.push(place, label);
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

/** Change of a branch. Flags: 1 delivered, 2 failed, 4 begins in this step. */
interface Change {
  readonly delta: number;
  readonly flags: number;
}

const isNew = 4;

function addChanges(left: Change | undefined, right: Change): Change {
  if (!left) return right;
  return { delta: left.delta + right.delta, flags: left.flags | right.flags };
}

/** Reads what settle.lua said of each run. */
export function readSettleResults(
  settlements: readonly Settlement[],
  takers: readonly Taker[],
  reply: unknown,
): SettleResult[] {
  if (reply instanceof Error) {
    const isOfRun = isWrongData(reply);
    const error = isOfRun ? reply : storageError(reply);
    return settlements.map(() => ({ kind: 'failed', error, isOfRun }));
  }
  return settlements.map(({ run }, i) => readResult(run, takers, (reply as unknown[])[i] as Reply));
}

type Reply = [string, ...(string | number | (string | null)[])[]];

function readResult(run: LoadedRun, takers: readonly Taker[], [word, ...rest]: Reply): SettleResult {
  if (word === 'ALIVE') return { kind: 'alive' };
  if (word === 'CORRUPT') return { kind: 'failed', error: new Error(String(rest[0])), isOfRun: true };
  if (word === 'OK') {
    const nodesAt = 3 + 3 * Number(rest[2]);
    const handedOff: HandedOff[] = [];
    for (let i = 3; i < nodesAt; i += 3) {
      const taker = takers[Number(rest[i]) - 1]!;
      handedOff.push({
        taker,
        run,
        state: Number(rest[i + 1]),
        record: decodeState(rest[i + 2] as string),
      });
    }
    return {
      kind: 'committed',
      hasEnded: rest[0] !== 0,
      ...(Array.isArray(rest[0]) && { end: readHead(run.runId, rest[0])! }),
      isCancelling: rest[1] === 1,
      readyNodes: rest.slice(nodesAt).map(Number),
      handedOff,
    };
  }
  const reasons = new Map<number, RefusalReason>();
  for (let i = 0; i < rest.length; i += 2) reasons.set(Number(rest[i]), readReason(String(rest[i + 1])));
  return { kind: 'refused', reasons };
}

function readReason(text: string): RefusalReason {
  if (text.startsWith('STORE ')) return readStoreRefusal(text.slice('STORE '.length));
  const [word, total] = text.split(' ');
  switch (word) {
    case 'STATES':
      return { limit: 'states', total: Number(total) };
    case 'BYTES':
      return { limit: 'payloadBytes', total: Number(total) };
    case 'STALE':
    case 'SETTLED':
    case 'MISSING':
    case 'UNNEEDED':
    case 'CHANGED':
      return word;
    default:
      throw new Error(`settle.lua refuses a report with a reason that is not known: ${text}`);
  }
}
