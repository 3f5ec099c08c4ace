import type { RunJob as _fanout_v1_RunJob, RunJob__Output as _fanout_v1_RunJob__Output } from '../../fanout/v1/RunJob.ts';

export interface CancelRunsResponse {
  'job'?: (_fanout_v1_RunJob | null);
}

export interface CancelRunsResponse__Output {
  'job'?: (_fanout_v1_RunJob__Output);
}
