import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.ts';
import type { HeldLease as _fanout_v1_HeldLease, HeldLease__Output as _fanout_v1_HeldLease__Output } from '../../fanout/v1/HeldLease.ts';
import type { RunLogs as _fanout_v1_RunLogs, RunLogs__Output as _fanout_v1_RunLogs__Output } from '../../fanout/v1/RunLogs.ts';

export interface Welcome {
  'sessionId'?: (string);
  'resumed'?: (boolean);
  'leaseInterval'?: (_google_protobuf_Duration | null);
  'heartbeatInterval'?: (_google_protobuf_Duration | null);
  'maxFrameBytes'?: (number);
  'maxOutputBytes'?: (number);
  'lostLeases'?: (_fanout_v1_HeldLease)[];
  'runLogs'?: (_fanout_v1_RunLogs | null);
}

export interface Welcome__Output {
  'sessionId'?: (string);
  'resumed'?: (boolean);
  'leaseInterval'?: (_google_protobuf_Duration__Output);
  'heartbeatInterval'?: (_google_protobuf_Duration__Output);
  'maxFrameBytes'?: (number);
  'maxOutputBytes'?: (number);
  'lostLeases'?: (_fanout_v1_HeldLease__Output)[];
  'runLogs'?: (_fanout_v1_RunLogs__Output);
}
