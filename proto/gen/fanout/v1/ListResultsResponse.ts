import type { RunResult as _fanout_v1_RunResult, RunResult__Output as _fanout_v1_RunResult__Output } from '../../fanout/v1/RunResult.ts';

export interface ListResultsResponse {
  'results'?: (_fanout_v1_RunResult)[];
  'nextPageToken'?: (string);
}

export interface ListResultsResponse__Output {
  'results'?: (_fanout_v1_RunResult__Output)[];
  'nextPageToken'?: (string);
}
