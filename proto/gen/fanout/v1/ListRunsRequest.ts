import type { RunStatus as _fanout_v1_RunStatus, RunStatus__Output as _fanout_v1_RunStatus__Output } from '../../fanout/v1/RunStatus.ts';

export interface ListRunsRequest {
  'namespace'?: (string);
  'graphName'?: (string);
  'status'?: (_fanout_v1_RunStatus);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListRunsRequest__Output {
  'namespace'?: (string);
  'graphName'?: (string);
  'status'?: (_fanout_v1_RunStatus__Output);
  'pageSize'?: (number);
  'pageToken'?: (string);
}
