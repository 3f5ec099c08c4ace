import type { LogFilter as _fanout_v1_LogFilter, LogFilter__Output as _fanout_v1_LogFilter__Output } from '../../fanout/v1/LogFilter.ts';

export interface ReadLogsRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'filter'?: (_fanout_v1_LogFilter | null);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ReadLogsRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'filter'?: (_fanout_v1_LogFilter__Output);
  'pageSize'?: (number);
  'pageToken'?: (string);
}
