import type { RunJob as _fanout_v1_RunJob, RunJob__Output as _fanout_v1_RunJob__Output } from '../../fanout/v1/RunJob.ts';

export interface DeleteRunsResponse {
  'job'?: (_fanout_v1_RunJob | null);
}

export interface DeleteRunsResponse__Output {
  'job'?: (_fanout_v1_RunJob__Output);
}
