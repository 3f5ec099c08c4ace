import type { Output as _fanout_v1_Output, Output__Output as _fanout_v1_Output__Output } from '../../fanout/v1/Output.ts';
import type { Long } from '@grpc/proto-loader';

export interface Executed {
  'outputs'?: (_fanout_v1_Output)[];
  'emitCount'?: (number | string | Long);
}

export interface Executed__Output {
  'outputs'?: (_fanout_v1_Output__Output)[];
  'emitCount'?: (number);
}
