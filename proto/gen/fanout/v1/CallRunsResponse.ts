import type { RunCallAnswer as _fanout_v1_RunCallAnswer, RunCallAnswer__Output as _fanout_v1_RunCallAnswer__Output } from '../../fanout/v1/RunCallAnswer.ts';

export interface CallRunsResponse {
  'answers'?: (_fanout_v1_RunCallAnswer)[];
}

export interface CallRunsResponse__Output {
  'answers'?: (_fanout_v1_RunCallAnswer__Output)[];
}
