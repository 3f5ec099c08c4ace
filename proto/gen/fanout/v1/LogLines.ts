import type { StateLog as _fanout_v1_StateLog, StateLog__Output as _fanout_v1_StateLog__Output } from '../../fanout/v1/StateLog.ts';

export interface LogLines {
  'items'?: (_fanout_v1_StateLog)[];
}

export interface LogLines__Output {
  'items'?: (_fanout_v1_StateLog__Output)[];
}
