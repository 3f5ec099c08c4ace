import type { TriggerRunResponse as _fanout_v1_TriggerRunResponse, TriggerRunResponse__Output as _fanout_v1_TriggerRunResponse__Output } from '../../fanout/v1/TriggerRunResponse.ts';
import type { RunEnd as _fanout_v1_RunEnd, RunEnd__Output as _fanout_v1_RunEnd__Output } from '../../fanout/v1/RunEnd.ts';
import type { Status as _google_rpc_Status, Status__Output as _google_rpc_Status__Output } from '../../google/rpc/Status.ts';
import type { Long } from '@grpc/proto-loader';

export interface RunCallAnswer {
  'callId'?: (number | string | Long);
  'started'?: (_fanout_v1_TriggerRunResponse | null);
  'ended'?: (_fanout_v1_RunEnd | null);
  'failed'?: (_google_rpc_Status | null);
  'answer'?: "started"|"ended"|"failed";
}

export interface RunCallAnswer__Output {
  'callId'?: (number);
  'started'?: (_fanout_v1_TriggerRunResponse__Output);
  'ended'?: (_fanout_v1_RunEnd__Output);
  'failed'?: (_google_rpc_Status__Output);
  'answer'?: "started"|"ended"|"failed";
}
