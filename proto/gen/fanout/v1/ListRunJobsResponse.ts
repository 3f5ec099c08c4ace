import type { RunJob as _fanout_v1_RunJob, RunJob__Output as _fanout_v1_RunJob__Output } from '../../fanout/v1/RunJob.ts';

export interface ListRunJobsResponse {
  'jobs'?: (_fanout_v1_RunJob)[];
}

export interface ListRunJobsResponse__Output {
  'jobs'?: (_fanout_v1_RunJob__Output)[];
}
