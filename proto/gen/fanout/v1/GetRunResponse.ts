import type { Run as _fanout_v1_Run, Run__Output as _fanout_v1_Run__Output } from '../../fanout/v1/Run.ts';

export interface GetRunResponse {
  'run'?: (_fanout_v1_Run | null);
}

export interface GetRunResponse__Output {
  'run'?: (_fanout_v1_Run__Output);
}
