import type { LogLevel as _fanout_v1_LogLevel, LogLevel__Output as _fanout_v1_LogLevel__Output } from '../../fanout/v1/LogLevel.ts';

export interface LogFilter {
  'stateId'?: (string);
  'below'?: (boolean);
  'identifier'?: (string);
  'minLevel'?: (_fanout_v1_LogLevel);
}

export interface LogFilter__Output {
  'stateId'?: (string);
  'below'?: (boolean);
  'identifier'?: (string);
  'minLevel'?: (_fanout_v1_LogLevel__Output);
}
