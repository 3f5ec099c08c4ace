export type { ClientCall } from './client/calls-around.ts';
export { Client } from './client/client.ts';
export type * from './client/client-options.ts';
export type * from './client/client-types.ts';
export type { CancelOptions, ControlTarget, RetryTarget, UniteFilter } from './client/run-control.ts';
export type { Labels, TriggerKind } from './client/types/labels.ts';
export {
  type AnyGraph,
  type Graph,
  type GraphBuilder,
  graph,
  type Place,
  type UniteFailure,
} from './graph/graph.ts';
export type { GraphOptions, PlaceOptions, StoreOptions, UniteOptions } from './graph/graph-options.ts';
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
export { Runtime } from './hosting/runtime.ts';
export type { RuntimeOptions } from './hosting/runtime-options.ts';
export type { NodeContext } from './nodes/context.ts';
export { labelled, labelOf } from './nodes/label.ts';
export type { NodeLog, RuntimeLog } from './nodes/log.ts';
export { MemoryStore } from './nodes/memory-store.ts';
export {
  type AnyNode,
  type Duration,
  defineNode,
  type Node,
  type NodeOptions,
  type NodeResult,
  type UnitedSchema,
  united,
} from './nodes/node.ts';
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
