import type { Run as _fanout_v1_Run, Run__Output as _fanout_v1_Run__Output } from '../../fanout/v1/Run.ts';

export interface ListRunsResponse {
  'runs'?: (_fanout_v1_Run)[];
  'nextPageToken'?: (string);
}

export interface ListRunsResponse__Output {
  'runs'?: (_fanout_v1_Run__Output)[];
  'nextPageToken'?: (string);
}
