import type { AckStatus as _fanout_v1_AckStatus, AckStatus__Output as _fanout_v1_AckStatus__Output } from '../../fanout/v1/AckStatus.ts';
import type { Failure as _fanout_v1_Failure, Failure__Output as _fanout_v1_Failure__Output } from '../../fanout/v1/Failure.ts';
import type { IndexRange as _fanout_v1_IndexRange, IndexRange__Output as _fanout_v1_IndexRange__Output } from '../../fanout/v1/IndexRange.ts';
import type { Long } from '@grpc/proto-loader';

export interface Ack {
  'stateId'?: (string);
  'leaseToken'?: (string);
  'status'?: (_fanout_v1_AckStatus);
  'reason'?: (_fanout_v1_Failure | null);
  'isEmit'?: (boolean);
  'firstIndex'?: (number | string | Long);
  'missing'?: (_fanout_v1_IndexRange)[];
}

export interface Ack__Output {
  'stateId'?: (string);
  'leaseToken'?: (string);
  'status'?: (_fanout_v1_AckStatus__Output);
  'reason'?: (_fanout_v1_Failure__Output);
  'isEmit'?: (boolean);
  'firstIndex'?: (number);
  'missing'?: (_fanout_v1_IndexRange__Output)[];
}
