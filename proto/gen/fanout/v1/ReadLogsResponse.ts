import type { LogLine as _fanout_v1_LogLine, LogLine__Output as _fanout_v1_LogLine__Output } from '../../fanout/v1/LogLine.ts';
import type { Long } from '@grpc/proto-loader';

export interface ReadLogsResponse {
  'lines'?: (_fanout_v1_LogLine)[];
  'nextPageToken'?: (string);
  'dropped'?: (number | string | Long);
}

export interface ReadLogsResponse__Output {
  'lines'?: (_fanout_v1_LogLine__Output)[];
  'nextPageToken'?: (string);
  'dropped'?: (number);
}
