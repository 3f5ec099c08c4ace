export type { ChannelOptions } from './channel.ts';
export { Client } from './client.ts';
export type * from './client-options.ts';
export type * from './client-types.ts';
export type { NodeContext, NodeLog, RuntimeLog } from './context.ts';
export {
  Cancelled,
  FanoutError,
  NotRetryable,
  RunFailed,
  type RunFailure,
  type Violation,
} from './errors.ts';
export {
  type AnyGraph,
  type Graph,
  type GraphBuilder,
  type GraphOptions,
  graph,
  type Place,
  type PlaceOptions,
  type StoreOptions,
  type UniteFailure,
  type UniteOptions,
} from './graph.ts';
export type {
  GraphTemplate,
  NodeTemplate,
  RetryPolicy,
  RunLimits,
  TriggerTemplate,
  UniteStrategy,
  UnitesTemplate,
} from './graph-template.ts';
export { MemoryStore } from './memory-store.ts';
export {
  type AnyNode,
  type Duration,
  defineNode,
  type Node,
  type NodeOptions,
  type NodeResult,
  type UnitedSchema,
  united,
} from './node.ts';
export { all, type Ref, type UnitedRef } from './references.ts';
export { route, routeOf } from './route.ts';
export type { CancelOptions, ControlTarget, RetryTarget, UniteFilter } from './run-control.ts';
export { type RunNodeOptions, runNode } from './run-node.ts';
export type { LimitOptions, RetryOptions } from './run-policies.ts';
export { Runtime, type RuntimeOptions } from './runtime.ts';
export { Prune, RequeueAfter, Signal } from './signals.ts';
export type { NodeStore, ReportedChanges } from './store.ts';
export type { CronTrigger, EndInputs, EndTrigger, GraphTrigger, SlotInputs } from './triggers.ts';
export type { Share, UnitePolicy, UniteWindow } from './unite-options.ts';
