import type { NodeDefinition as _fanout_v1_NodeDefinition, NodeDefinition__Output as _fanout_v1_NodeDefinition__Output } from '../../fanout/v1/NodeDefinition.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface RegisteredNode {
  'definition'?: (_fanout_v1_NodeDefinition | null);
  'registerTime'?: (_google_protobuf_Timestamp | null);
}

export interface RegisteredNode__Output {
  'definition'?: (_fanout_v1_NodeDefinition__Output);
  'registerTime'?: (_google_protobuf_Timestamp__Output);
}
