import type { LogFilter as _fanout_v1_LogFilter, LogFilter__Output as _fanout_v1_LogFilter__Output } from '../../fanout/v1/LogFilter.ts';
import type { Long } from '@grpc/proto-loader';

export interface FollowLogsRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'filter'?: (_fanout_v1_LogFilter | null);
  'afterNumber'?: (number | string | Long);
}

export interface FollowLogsRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'filter'?: (_fanout_v1_LogFilter__Output);
  'afterNumber'?: (number);
}
