/** Enums, both ways. */
import type {
  AckStatus as WireAckStatus,
  BranchStatus as WireBranchStatus,
  Role as WireRole,
  RunJobAction as WireRunJobAction,
  RunJobStatus as WireRunJobStatus,
  RunStatus as WireRunStatus,
  StateOrder as WireStateOrder,
  StateStatus as WireStateStatus,
  TriggerKind as WireTriggerKind,
  WaitReason as WireWaitReason,
} from '@fanout/proto';
import type { BranchStatus } from '../../domain/model/branch-cells.ts';
import type { RunStatus, TriggerKind } from '../../domain/model/run.ts';
import type { RunJobAction, RunJobStatus } from '../../domain/model/run-job.ts';
import type { StateOrder, StateStatus } from '../../domain/model/state.ts';
import type { AckStatus } from '../../domain/model/stream.ts';
import type { Role } from '../../domain/model/token.ts';
import type { WaitReason } from '../../domain/model/wait.ts';
import { invalid } from './fields.ts';

export const runStatusNames: Readonly<Record<RunStatus, WireRunStatus>> = {
  RUNNING: 'RUN_STATUS_RUNNING',
  SUCCESS: 'RUN_STATUS_SUCCESS',
  FAILED: 'RUN_STATUS_FAILED',
  CANCELLED: 'RUN_STATUS_CANCELLED',
  PAUSED: 'RUN_STATUS_PAUSED',
};

export const triggerKindNames: Readonly<Record<TriggerKind, WireTriggerKind>> = {
  API: 'TRIGGER_KIND_API',
  CALL: 'TRIGGER_KIND_CALL',
  CRON: 'TRIGGER_KIND_CRON',
  RUN_END: 'TRIGGER_KIND_RUN_END',
};

export const runJobStatusNames: Readonly<Record<RunJobStatus, WireRunJobStatus>> = {
  RUNNING: 'RUN_JOB_STATUS_RUNNING',
  DONE: 'RUN_JOB_STATUS_DONE',
  STOPPED: 'RUN_JOB_STATUS_STOPPED',
};

export const runJobActionNames: Readonly<Record<RunJobAction, WireRunJobAction>> = {
  CANCEL: 'RUN_JOB_ACTION_CANCEL',
  RETRY: 'RUN_JOB_ACTION_RETRY',
  DELETE: 'RUN_JOB_ACTION_DELETE',
};

export const stateStatusNames: Readonly<Record<StateStatus, WireStateStatus>> = {
  CREATED: 'STATE_STATUS_CREATED',
  QUEUED: 'STATE_STATUS_QUEUED',
  EXECUTED: 'STATE_STATUS_EXECUTED',
  SUCCESS: 'STATE_STATUS_SUCCESS',
  ERRORED: 'STATE_STATUS_ERRORED',
  RETRY_CREATED: 'STATE_STATUS_RETRY_CREATED',
  PRUNED: 'STATE_STATUS_PRUNED',
  CANCELLED: 'STATE_STATUS_CANCELLED',
};

const stateOrderNames: Readonly<Record<StateOrder, WireStateOrder>> = {
  SLOWEST: 'STATE_ORDER_SLOWEST',
  NEWEST_FIRST: 'STATE_ORDER_NEWEST_FIRST',
};

export const branchStatusNames: Readonly<Record<BranchStatus, WireBranchStatus>> = {
  SUCCEEDED: 'BRANCH_STATUS_SUCCEEDED',
  PRUNED: 'BRANCH_STATUS_PRUNED',
  UNFINISHED: 'BRANCH_STATUS_UNFINISHED',
  FAILED: 'BRANCH_STATUS_FAILED',
};

export const waitReasonNames: Readonly<Record<WaitReason, WireWaitReason>> = {
  NO_RUNTIME: 'WAIT_REASON_NO_RUNTIME',
  PAUSED: 'WAIT_REASON_PAUSED',
  MAX_PARALLEL: 'WAIT_REASON_MAX_PARALLEL',
  RATE: 'WAIT_REASON_RATE',
  NO_PLACE: 'WAIT_REASON_NO_PLACE',
  DUE: 'WAIT_REASON_DUE',
  EXECUTING: 'WAIT_REASON_EXECUTING',
  READY: 'WAIT_REASON_READY',
  UNITE: 'WAIT_REASON_UNITE',
};

export const ackStatusNames: Readonly<Record<AckStatus, WireAckStatus>> = {
  ACCEPTED: 'ACK_STATUS_ACCEPTED',
  ALREADY_SETTLED: 'ACK_STATUS_ALREADY_SETTLED',
  STALE_LEASE: 'ACK_STATUS_STALE_LEASE',
  INVALID: 'ACK_STATUS_INVALID',
  MISSING_EMITS: 'ACK_STATUS_MISSING_EMITS',
};

export const roleNames: Readonly<Record<Role, WireRole>> = {
  runtime: 'ROLE_RUNTIME',
  client: 'ROLE_CLIENT',
  admin: 'ROLE_ADMIN',
};

/** The inverse of a table of names; a name of the table, nothing, or a refusal of the field. */
function reader<Value extends string>(
  field: string,
  names: Readonly<Record<Value, unknown>>,
): (name: unknown) => Value | undefined {
  const values = new Map<unknown, Value>();
  for (const value of Object.keys(names) as Value[]) values.set(names[value], value);
  return (name) => {
    if (name === undefined || String(name).endsWith('_UNSPECIFIED')) return undefined;
    const value = values.get(name);
    if (value === undefined) {
      throw invalid(field, `is ${String(name)}, it must be one of ${[...values.keys()].join(', ')}`);
    }
    return value;
  };
}

/** Undefined for the unspecified one, which a filter takes as any. */
export const readRunStatus = reader('status', runStatusNames);
export const readTriggerKind = reader('trigger_kinds', triggerKindNames);
export const readStateStatus = reader('status', stateStatusNames);
export const readStateOrder = reader('order_by', stateOrderNames);
const readKnownRole = reader('role', roleNames);

export function readRole(name: unknown): Role {
  const role = readKnownRole(name);
  if (role === undefined)
    throw invalid('role', `is missing: give one of ${Object.values(roleNames).join(', ')}`);
  return role;
}
