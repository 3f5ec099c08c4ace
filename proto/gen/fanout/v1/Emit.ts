import type { Output as _fanout_v1_Output, Output__Output as _fanout_v1_Output__Output } from '../../fanout/v1/Output.ts';
import type { Long } from '@grpc/proto-loader';

export interface Emit {
  'stateId'?: (string);
  'leaseToken'?: (string);
  'firstIndex'?: (number | string | Long);
  'outputs'?: (_fanout_v1_Output)[];
}

export interface Emit__Output {
  'stateId'?: (string);
  'leaseToken'?: (string);
  'firstIndex'?: (number);
  'outputs'?: (_fanout_v1_Output__Output)[];
}
