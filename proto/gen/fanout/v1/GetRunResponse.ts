import type { Run as _fanout_v1_Run, Run__Output as _fanout_v1_Run__Output } from '../../fanout/v1/Run.ts';
import type { Wait as _fanout_v1_Wait, Wait__Output as _fanout_v1_Wait__Output } from '../../fanout/v1/Wait.ts';

export interface GetRunResponse {
  'run'?: (_fanout_v1_Run | null);
  'waits'?: (_fanout_v1_Wait)[];
}

export interface GetRunResponse__Output {
  'run'?: (_fanout_v1_Run__Output);
  'waits'?: (_fanout_v1_Wait__Output)[];
}
