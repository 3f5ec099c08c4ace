import type { RunCall as _fanout_v1_RunCall, RunCall__Output as _fanout_v1_RunCall__Output } from '../../fanout/v1/RunCall.ts';
import type { Long } from '@grpc/proto-loader';

export interface CallRunsRequest {
  'calls'?: (_fanout_v1_RunCall)[];
  'forget'?: (number | string | Long)[];
}

export interface CallRunsRequest__Output {
  'calls'?: (_fanout_v1_RunCall__Output)[];
  'forget'?: (number)[];
}
