import type { Failure as _fanout_v1_Failure, Failure__Output as _fanout_v1_Failure__Output } from '../../fanout/v1/Failure.ts';

export interface RunJobFailure {
  'runId'?: (string);
  'failure'?: (_fanout_v1_Failure | null);
}

export interface RunJobFailure__Output {
  'runId'?: (string);
  'failure'?: (_fanout_v1_Failure__Output);
}
