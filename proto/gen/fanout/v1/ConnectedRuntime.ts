import type { Capacity as _fanout_v1_Capacity, Capacity__Output as _fanout_v1_Capacity__Output } from '../../fanout/v1/Capacity.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface ConnectedRuntime {
  'sessionId'?: (string);
  'runtimeName'?: (string);
  'language'?: (string);
  'nodeNames'?: (string)[];
  'capacity'?: (_fanout_v1_Capacity | null);
  'inFlight'?: (number);
  'connectTime'?: (_google_protobuf_Timestamp | null);
  'draining'?: (boolean);
}

export interface ConnectedRuntime__Output {
  'sessionId'?: (string);
  'runtimeName'?: (string);
  'language'?: (string);
  'nodeNames'?: (string)[];
  'capacity'?: (_fanout_v1_Capacity__Output);
  'inFlight'?: (number);
  'connectTime'?: (_google_protobuf_Timestamp__Output);
  'draining'?: (boolean);
}
