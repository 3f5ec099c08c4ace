import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.ts';
import type { HeldLease as _fanout_v1_HeldLease, HeldLease__Output as _fanout_v1_HeldLease__Output } from '../../fanout/v1/HeldLease.ts';

export interface Welcome {
  'sessionId'?: (string);
  'resumed'?: (boolean);
  'leaseInterval'?: (_google_protobuf_Duration | null);
  'heartbeatInterval'?: (_google_protobuf_Duration | null);
  'maxFrameBytes'?: (number);
  'maxOutputBytes'?: (number);
  'lostLeases'?: (_fanout_v1_HeldLease)[];
}

export interface Welcome__Output {
  'sessionId'?: (string);
  'resumed'?: (boolean);
  'leaseInterval'?: (_google_protobuf_Duration__Output);
  'heartbeatInterval'?: (_google_protobuf_Duration__Output);
  'maxFrameBytes'?: (number);
  'maxOutputBytes'?: (number);
  'lostLeases'?: (_fanout_v1_HeldLease__Output)[];
}
