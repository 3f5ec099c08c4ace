import type { RunStatus as _fanout_v1_RunStatus, RunStatus__Output as _fanout_v1_RunStatus__Output } from '../../fanout/v1/RunStatus.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { TriggerKind as _fanout_v1_TriggerKind, TriggerKind__Output as _fanout_v1_TriggerKind__Output } from '../../fanout/v1/TriggerKind.ts';

export interface RunFilter {
  'graphName'?: (string);
  'statuses'?: (_fanout_v1_RunStatus)[];
  'triggeredFrom'?: (_google_protobuf_Timestamp | null);
  'triggeredBefore'?: (_google_protobuf_Timestamp | null);
  'all'?: (boolean);
  'labels'?: ({[key: string]: string});
  'triggerKinds'?: (_fanout_v1_TriggerKind)[];
  'errorCode'?: (string);
}

export interface RunFilter__Output {
  'graphName'?: (string);
  'statuses'?: (_fanout_v1_RunStatus__Output)[];
  'triggeredFrom'?: (_google_protobuf_Timestamp__Output);
  'triggeredBefore'?: (_google_protobuf_Timestamp__Output);
  'all'?: (boolean);
  'labels'?: ({[key: string]: string});
  'triggerKinds'?: (_fanout_v1_TriggerKind__Output)[];
  'errorCode'?: (string);
}
