import type { RunStatus as _fanout_v1_RunStatus, RunStatus__Output as _fanout_v1_RunStatus__Output } from '../../fanout/v1/RunStatus.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { NodeCounts as _fanout_v1_NodeCounts, NodeCounts__Output as _fanout_v1_NodeCounts__Output } from '../../fanout/v1/NodeCounts.ts';
import type { TriggerKind as _fanout_v1_TriggerKind, TriggerKind__Output as _fanout_v1_TriggerKind__Output } from '../../fanout/v1/TriggerKind.ts';
import type { Long } from '@grpc/proto-loader';

export interface Run {
  'runId'?: (string);
  'namespace'?: (string);
  'graphName'?: (string);
  'graphVersion'?: (number | string | Long);
  'status'?: (_fanout_v1_RunStatus);
  'createTime'?: (_google_protobuf_Timestamp | null);
  'endTime'?: (_google_protobuf_Timestamp | null);
  'counts'?: (_fanout_v1_NodeCounts)[];
  'stateCount'?: (number | string | Long);
  'priority'?: (number);
  'startTime'?: (_google_protobuf_Timestamp | null);
  'labels'?: ({[key: string]: string});
  'triggerKind'?: (_fanout_v1_TriggerKind);
}

export interface Run__Output {
  'runId'?: (string);
  'namespace'?: (string);
  'graphName'?: (string);
  'graphVersion'?: (number);
  'status'?: (_fanout_v1_RunStatus__Output);
  'createTime'?: (_google_protobuf_Timestamp__Output);
  'endTime'?: (_google_protobuf_Timestamp__Output);
  'counts'?: (_fanout_v1_NodeCounts__Output)[];
  'stateCount'?: (number);
  'priority'?: (number);
  'startTime'?: (_google_protobuf_Timestamp__Output);
  'labels'?: ({[key: string]: string});
  'triggerKind'?: (_fanout_v1_TriggerKind__Output);
}
