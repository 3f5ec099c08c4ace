import type { Run as _fanout_v1_Run, Run__Output as _fanout_v1_Run__Output } from '../../fanout/v1/Run.ts';
import type { RunResult as _fanout_v1_RunResult, RunResult__Output as _fanout_v1_RunResult__Output } from '../../fanout/v1/RunResult.ts';

export interface RunEnd {
  'run'?: (_fanout_v1_Run | null);
  'results'?: (_fanout_v1_RunResult)[];
  'resultsLeftOut'?: (boolean);
}

export interface RunEnd__Output {
  'run'?: (_fanout_v1_Run__Output);
  'results'?: (_fanout_v1_RunResult__Output)[];
  'resultsLeftOut'?: (boolean);
}
