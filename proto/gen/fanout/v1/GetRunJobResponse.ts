import type { RunJob as _fanout_v1_RunJob, RunJob__Output as _fanout_v1_RunJob__Output } from '../../fanout/v1/RunJob.ts';

export interface GetRunJobResponse {
  'job'?: (_fanout_v1_RunJob | null);
}

export interface GetRunJobResponse__Output {
  'job'?: (_fanout_v1_RunJob__Output);
}
