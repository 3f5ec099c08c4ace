export type { ChannelOptions } from './channel.ts';
export {
  Client,
  type ClientOptions,
  type NamedTemplate,
  type TriggeredRun,
  type TriggerOptions,
  type WaitOptions,
} from './client.ts';
export type {
  ConnectedRuntime,
  GraphCheck,
  GraphVersion,
  NodeCounts,
  RegisteredNode,
  Role,
  Run,
  RunAssumptions,
  RunEstimate,
  RunResult,
  RunStatus,
  State,
  StateFailure,
  StateStatus,
  Token,
} from './client-types.ts';
export type { NodeContext, NodeLog, RuntimeLog } from './context.ts';
export { FanoutError, NotRetryable, RunFailed, type Violation } from './errors.ts';
export {
  type AnyGraph,
  type Graph,
  type GraphBuilder,
  type GraphOptions,
  graph,
  type Place,
  type PlaceOptions,
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
} from './graph-template.ts';
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
export { type RunNodeOptions, runNode } from './run-node.ts';
export { Runtime, type RuntimeOptions } from './runtime.ts';
export type { CronTrigger, EndInputs, EndTrigger, GraphTrigger, SlotInputs } from './triggers.ts';
