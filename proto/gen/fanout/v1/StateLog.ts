import type { LoggedLine as _fanout_v1_LoggedLine, LoggedLine__Output as _fanout_v1_LoggedLine__Output } from '../../fanout/v1/LoggedLine.ts';
import type { Long } from '@grpc/proto-loader';

export interface StateLog {
  'stateId'?: (string);
  'leaseToken'?: (string);
  'lines'?: (_fanout_v1_LoggedLine)[];
  'dropped'?: (number | string | Long);
}

export interface StateLog__Output {
  'stateId'?: (string);
  'leaseToken'?: (string);
  'lines'?: (_fanout_v1_LoggedLine__Output)[];
  'dropped'?: (number);
}
