import type { TriggerRunRequest as _fanout_v1_TriggerRunRequest, TriggerRunRequest__Output as _fanout_v1_TriggerRunRequest__Output } from '../../fanout/v1/TriggerRunRequest.ts';
import type { Long } from '@grpc/proto-loader';

export interface RunCall {
  'callId'?: (number | string | Long);
  'trigger'?: (_fanout_v1_TriggerRunRequest | null);
  'runId'?: (string);
  'namespace'?: (string);
  'awaitEnd'?: (boolean);
  'omitResults'?: (boolean);
  'run'?: "trigger"|"runId";
}

export interface RunCall__Output {
  'callId'?: (number);
  'trigger'?: (_fanout_v1_TriggerRunRequest__Output);
  'runId'?: (string);
  'namespace'?: (string);
  'awaitEnd'?: (boolean);
  'omitResults'?: (boolean);
  'run'?: "trigger"|"runId";
}
