import type { NodeDefinition as _fanout_v1_NodeDefinition, NodeDefinition__Output as _fanout_v1_NodeDefinition__Output } from '../../fanout/v1/NodeDefinition.ts';
import type { Capacity as _fanout_v1_Capacity, Capacity__Output as _fanout_v1_Capacity__Output } from '../../fanout/v1/Capacity.ts';
import type { HeldLease as _fanout_v1_HeldLease, HeldLease__Output as _fanout_v1_HeldLease__Output } from '../../fanout/v1/HeldLease.ts';

export interface Hello {
  'protocolVersion'?: (number);
  'namespace'?: (string);
  'runtimeName'?: (string);
  'language'?: (string);
  'nodes'?: (_fanout_v1_NodeDefinition)[];
  'capacity'?: (_fanout_v1_Capacity | null);
  'sessionId'?: (string);
  'heldLeases'?: (_fanout_v1_HeldLease)[];
  'processId'?: (string);
}

export interface Hello__Output {
  'protocolVersion'?: (number);
  'namespace'?: (string);
  'runtimeName'?: (string);
  'language'?: (string);
  'nodes'?: (_fanout_v1_NodeDefinition__Output)[];
  'capacity'?: (_fanout_v1_Capacity__Output);
  'sessionId'?: (string);
  'heldLeases'?: (_fanout_v1_HeldLease__Output)[];
  'processId'?: (string);
}
