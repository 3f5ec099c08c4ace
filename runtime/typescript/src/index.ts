export type { ClientCall } from './client/calls-around.ts';
export { Client } from './client/client.ts';
export type * from './client/client-options.ts';
export type { CancelOptions, ControlTarget, RetryTarget, UniteFilter } from './client/run-control.ts';
export type { Schedules } from './client/schedules.ts';
export type * from './client/types/branches.ts';
export type * from './client/types/failures.ts';
export type * from './client/types/graphs.ts';
export type { JsonText } from './client/types/json.ts';
export type { Labels, TriggerKind } from './client/types/labels.ts';
export type * from './client/types/log.ts';
export type * from './client/types/node-counts.ts';
export type * from './client/types/nodes.ts';
export type * from './client/types/run-job.ts';
export type * from './client/types/runs.ts';
export type * from './client/types/schedule.ts';
export type * from './client/types/states.ts';
export type * from './client/types/tokens.ts';
export type * from './client/types/unites.ts';
export type { QuotaName, QuotaUsage } from './client/types/usage.ts';
export type * from './client/types/waits.ts';
export {
  type AnyGraph,
  type Graph,
  type GraphBuilder,
  graph,
  type Place,
  type UniteFailure,
} from './graph/graph.ts';
export type {
  GraphOptions,
  PlaceOptions,
  RateKey,
  StoreOptions,
  UniteOptions,
} from './graph/graph-options.ts';
export type {
  GraphTemplate,
  NodeTemplate,
  RetryPolicy,
  RunLimits,
  TriggerTemplate,
  UniteStrategy,
  UnitesTemplate,
} from './graph/graph-template.ts';
export { all, literal, type Ref, type UnitedRef } from './graph/references.ts';
export type { LimitOptions, RetryOptions } from './graph/run-policies.ts';
export type { CronTrigger, EndInputs, EndTrigger, GraphTrigger, SlotInputs } from './graph/triggers.ts';
export type { Share, UnitePolicy, UniteWindow } from './graph/unite-options.ts';
export type { RunLogs } from './hosting/log-sender.ts';
export { Runtime } from './hosting/runtime.ts';
export type { RuntimeOptions } from './hosting/runtime-options.ts';
export {
  type BatchItem,
  type BatchLimits,
  type BatchNodeOptions,
  type BatchResult,
  defineBatchNode,
} from './nodes/batch.ts';
export type { NodeContext } from './nodes/context.ts';
export type { Duration } from './nodes/durations.ts';
export { labelled, labelOf } from './nodes/label.ts';
export type { LineLevel, NodeLog, RuntimeLog } from './nodes/log.ts';
export { MemoryStore } from './nodes/memory-store.ts';
export {
  type AnyNode,
  defineNode,
  type Node,
  type NodeOptions,
  type NodeResult,
  type UnitedSchema,
  united,
} from './nodes/node.ts';
export type { RateOptions } from './nodes/rate.ts';
export { route, routeOf } from './nodes/route.ts';
export { type RunNodeOptions, runNode } from './nodes/run-node.ts';
export { Prune, RequeueAfter, Signal } from './nodes/signals.ts';
export type { NodeStore, ReportedChanges } from './nodes/store.ts';
export type { Around, Arounds } from './wire/around.ts';
export type { ChannelOptions } from './wire/channel.ts';
export {
  Cancelled,
  FanoutError,
  NotRetryable,
  RunFailed,
  type RunFailure,
  type Violation,
} from './wire/errors.ts';
