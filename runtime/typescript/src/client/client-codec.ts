/** Reads what a state manager tells: absent fields are zero on the wire, enums have prefixes, instants have parts. */
import type {
  ConnectedRuntime__Output,
  Failure__Output,
  FailureGroup__Output,
  FailureReason__Output,
  Graph__Output,
  GraphViolation__Output,
  MissingBranch__Output,
  NodeCounts__Output,
  QuotaUsage__Output,
  RegisteredNode__Output,
  Run__Output,
  RunEstimate__Output,
  RunResult__Output,
  State__Output,
  SummarizeBranchesResponse__Output,
  TimeHistogram__Output,
  Token__Output,
  UnitePolicy__Output,
  UniteScope__Output,
  Wait__Output,
  Role as WireRole,
} from '@fanout/proto';
import type { Violation } from '../wire/errors.ts';
import { instantOf, millisOf } from '../wire/wire-time.ts';
import type { BranchCell, BranchSummary } from './types/branches.ts';
import type { FailureGroup, FailureReason } from './types/failures.ts';
import type { GraphVersion, RunEstimate } from './types/graphs.ts';
import type { JsonText } from './types/json.ts';
import type { TriggerKind } from './types/labels.ts';
import type { NodeCounts, TimeHistogram } from './types/node-counts.ts';
import type { ConnectedRuntime, RegisteredNode } from './types/nodes.ts';
import type { Run, RunResult, RunStatus } from './types/runs.ts';
import type { State, StateFailure, StateStatus } from './types/states.ts';
import type { Role, Token } from './types/tokens.ts';
import type { MissingBranch, UniteScope } from './types/unites.ts';
import type { QuotaName, QuotaUsage } from './types/usage.ts';
import type { Wait, WaitReason } from './types/waits.ts';

export function readRun(run: Run__Output): Run {
  return {
    id: run.runId ?? '',
    namespace: run.namespace ?? '',
    graphName: run.graphName ?? '',
    graphVersion: run.graphVersion ?? 0,
    status: withoutPrefix('RUN_STATUS_', run.status) as RunStatus,
    createdAt: instantOf(run.createTime) ?? 0,
    startAt: instantOf(run.startTime),
    endedAt: instantOf(run.endTime),
    counts: (run.counts ?? []).map(readCounts),
    stateCount: run.stateCount ?? 0,
    priority: run.priority ?? 0,
    labels: { ...run.labels },
    triggerKind: withoutPrefix('TRIGGER_KIND_', run.triggerKind) as TriggerKind,
  };
}

function readCounts(counts: NodeCounts__Output): NodeCounts {
  return {
    identifier: counts.identifier ?? '',
    nodeName: counts.nodeName ?? '',
    created: counts.created ?? 0,
    queued: counts.queued ?? 0,
    executed: counts.executed ?? 0,
    success: counts.success ?? 0,
    errored: counts.errored ?? 0,
    retryCreated: counts.retryCreated ?? 0,
    pruned: counts.pruned ?? 0,
    cancelled: counts.cancelled ?? 0,
    superseded: counts.superseded ?? 0,
    executions: counts.executions ?? 0,
    outputs: counts.outputs ?? 0,
    retries: counts.retries ?? 0,
    waitingTimes: counts.waitingTimes && readTimes(counts.waitingTimes),
    runningTimes: counts.runningTimes && readTimes(counts.runningTimes),
  };
}

function readTimes({
  counts = [],
  boundsMs = [],
  p50Ms = 0,
  p95Ms = 0,
}: TimeHistogram__Output): TimeHistogram {
  return { counts, boundsMs, p50Ms, p95Ms };
}

export function readBranches(summary: SummarizeBranchesResponse__Output): BranchSummary {
  const { cells = [], total = 0, unitingIdentifier = '', incomplete = false } = summary;
  return {
    cells: cells.map((cell) => ({
      from: cell.from ?? 0,
      branches: cell.branches ?? 0,
      succeeded: cell.succeeded ?? 0,
      failed: cell.failed ?? 0,
      pruned: cell.pruned ?? 0,
      unfinished: cell.unfinished ?? 0,
      worst: withoutPrefix('BRANCH_STATUS_', cell.worst) as BranchCell['worst'],
    })),
    total,
    unitingIdentifier,
    isIncomplete: incomplete,
  };
}

export function readResult(json: JsonText): (result: RunResult__Output) => RunResult {
  return (result) => ({
    identifier: result.identifier ?? '',
    stateId: result.stateId ?? '',
    path: result.path ?? '',
    output: json.parse(result.outputJson || 'null'),
  });
}

export function readState(json: JsonText): (state: State__Output) => State {
  return (state) => ({
    id: state.stateId ?? '',
    runId: state.runId ?? '',
    identifier: state.identifier ?? '',
    nodeName: state.nodeName ?? '',
    status: withoutPrefix('STATE_STATUS_', state.status) as StateStatus,
    attempt: state.attempt ?? 0,
    isSuperseded: state.superseded ?? false,
    path: state.path ?? '',
    parents: state.parents ?? {},
    output: state.outputJson ? json.parse(state.outputJson) : undefined,
    failure: state.failure && readFailure(state.failure),
    updatedAt: instantOf(state.updateTime) ?? 0,
    createdAt: instantOf(state.createTime) ?? 0,
    startedAt: instantOf(state.startTime),
    endedAt: instantOf(state.endTime),
    dueAt: instantOf(state.dueTime),
    progress: state.progress || undefined,
    sessionId: state.sessionId || undefined,
    runtimeName: state.runtimeName || undefined,
    nextAttemptId: state.nextAttemptStateId || undefined,
    label: state.label || undefined,
  });
}

export function readWait(wait: Wait__Output): Wait {
  return {
    identifier: wait.identifier ?? '',
    nodeName: wait.nodeName ?? '',
    reason: withoutPrefix('WAIT_REASON_', wait.reason) as WaitReason,
    count: wait.count ?? 0,
    dueAt: instantOf(wait.dueTime),
    text: wait.text ?? '',
  };
}

export function readFailureGroup(json: JsonText): (group: FailureGroup__Output) => FailureGroup {
  return (group) => ({
    identifier: group.identifier ?? '',
    nodeName: group.nodeName ?? '',
    code: group.code ?? '',
    shape: group.shape ?? '',
    count: group.count ?? 0,
    firstAt: instantOf(group.firstTime) ?? 0,
    lastAt: instantOf(group.lastTime) ?? 0,
    example: readState(json)(group.example ?? {}),
  });
}

export function readFailure({ code = '', message = '', stack }: Failure__Output): StateFailure {
  return stack ? { code, message, stack } : { code, message };
}

export function readUniteScope(scope: UniteScope__Output): UniteScope {
  const {
    total = 0,
    succeeded = 0,
    failed = 0,
    pruned = 0,
    unfinished = 0,
    leftOut = 0,
  } = scope.counts ?? {};
  return {
    unitingIdentifier: scope.unitingIdentifier ?? '',
    unitingStateId: scope.unitingStateId || undefined,
    unitedIdentifier: scope.unitedIdentifier ?? '',
    unitedStateId: scope.unitedStateId ?? '',
    status: withoutPrefix('UNITE_SCOPE_STATUS_', scope.status) as UniteScope['status'],
    generation: scope.generation ?? 0,
    policy: readPolicy(scope.policy ?? {}),
    counts: { total, succeeded, failed, pruned, unfinished, leftOut },
    isSealed: scope.sealed ?? false,
    deadlineAt: instantOf(scope.deadline),
    next: scope.next ?? '',
    missing: (scope.missing ?? []).map(readMissing),
    reasons: (scope.reasons ?? []).map(readReason),
  };
}

function readPolicy(policy: UnitePolicy__Output): UniteScope['policy'] {
  const count = policy.windowCount || undefined;
  const intervalMs = policy.windowInterval && millisOf(policy.windowInterval);
  return {
    text: policy.text ?? '',
    strategy: withoutPrefix('UNITE_STRATEGY_', policy.strategy) as UniteScope['policy']['strategy'],
    minSuccess: policy.minSuccess ?? 0,
    toleratedFailures: policy.toleratedFailures ?? 0,
    timeoutMs: policy.timeout && millisOf(policy.timeout),
    failFast: policy.failFast ?? false,
    window: count === undefined && intervalMs === undefined ? undefined : { count, intervalMs },
  };
}

function readReason({
  identifier = '',
  code = '',
  message = '',
  count = 0,
}: FailureReason__Output): FailureReason {
  return { identifier, code, message, count };
}

function readMissing({
  index = 0,
  unfinishedStates = 0,
  states = [],
  label,
}: MissingBranch__Output): MissingBranch {
  return {
    index,
    label: label || undefined,
    unfinishedStates,
    states: states.map((state) => ({
      id: state.stateId ?? '',
      identifier: state.identifier ?? '',
      status: withoutPrefix('STATE_STATUS_', state.status) as StateStatus,
      attempt: state.attempt ?? 0,
      dueAt: instantOf(state.dueTime),
      sessionId: state.sessionId || undefined,
      progress: state.progress || undefined,
    })),
  };
}

export function readGraph(json: JsonText): (graph: Graph__Output) => GraphVersion {
  return (graph) => ({
    name: graph.name ?? '',
    namespace: graph.namespace ?? '',
    version: graph.version ?? 0,
    template: json.parse(graph.templateJson || 'null'),
    createdAt: instantOf(graph.createTime) ?? 0,
  });
}

export function readViolation({ path = '', code = '', description = '' }: GraphViolation__Output): Violation {
  return { path, code, description };
}

export function readEstimate(estimate: RunEstimate__Output): RunEstimate {
  const { states = 0, scopes = 0, payloadBytes = 0, storageBytes = 0, nodes = [] } = estimate;
  return {
    states,
    scopes,
    payloadBytes,
    storageBytes,
    places: nodes.map((node) => ({
      identifier: node.identifier ?? '',
      executions: node.executions ?? 0,
      states: node.states ?? 0,
      scopes: node.scopes ?? 0,
    })),
  };
}

export function readRuntime(runtime: ConnectedRuntime__Output): ConnectedRuntime {
  return {
    sessionId: runtime.sessionId ?? '',
    name: runtime.runtimeName ?? '',
    language: runtime.language ?? '',
    nodeNames: runtime.nodeNames ?? [],
    capacity: {
      total: runtime.capacity?.total ?? 0,
      perNode: runtime.capacity?.perNode ?? {},
      lingering: runtime.capacity?.lingering ?? 0,
    },
    inFlight: runtime.inFlight ?? 0,
    connectedAt: instantOf(runtime.connectTime) ?? 0,
    isDraining: runtime.draining ?? false,
  };
}

export function readNode({ definition = {}, registerTime }: RegisteredNode__Output): RegisteredNode {
  return {
    name: definition.name ?? '',
    description: definition.description ?? '',
    inputSchema: definition.inputSchemaJson ? JSON.parse(definition.inputSchemaJson) : undefined,
    outputSchema: definition.outputSchemaJson ? JSON.parse(definition.outputSchemaJson) : undefined,
    iteratorInputs: definition.iteratorInputs ?? [],
    secrets: definition.secrets ?? [],
    registeredAt: instantOf(registerTime) ?? 0,
  };
}

export const wireRoles: Readonly<Record<Role, WireRole>> = {
  runtime: 'ROLE_RUNTIME',
  client: 'ROLE_CLIENT',
  admin: 'ROLE_ADMIN',
};

export function readToken(token: Token__Output): Token {
  return {
    id: token.tokenId ?? '',
    namespace: token.namespace ?? '',
    role: withoutPrefix('ROLE_', token.role).toLowerCase() as Role,
    createdAt: instantOf(token.createTime) ?? 0,
    expiresAt: instantOf(token.expireTime),
  };
}

export function readQuota({ quota, limit = 0, used, isSet = false }: QuotaUsage__Output): QuotaUsage {
  return { quota: withoutPrefix('QUOTA_', quota) as QuotaName, limit, used, isSet };
}

/** `RUN_STATUS_FAILED` is `FAILED`. */
function withoutPrefix(prefix: string, name = ''): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
