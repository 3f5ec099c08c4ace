import type { LogLine as _fanout_v1_LogLine, LogLine__Output as _fanout_v1_LogLine__Output } from '../../fanout/v1/LogLine.ts';
import type { Long } from '@grpc/proto-loader';

export interface FollowLogsResponse {
  'lines'?: (_fanout_v1_LogLine)[];
  'dropped'?: (number | string | Long);
}

export interface FollowLogsResponse__Output {
  'lines'?: (_fanout_v1_LogLine__Output)[];
  'dropped'?: (number);
}
