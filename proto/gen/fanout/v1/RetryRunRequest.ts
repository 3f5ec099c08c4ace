import type { InputCorrection as _fanout_v1_InputCorrection, InputCorrection__Output as _fanout_v1_InputCorrection__Output } from '../../fanout/v1/InputCorrection.ts';

export interface RetryRunRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'stateId'?: (string);
  'below'?: (boolean);
  'fanOut'?: (boolean);
  'corrections'?: (_fanout_v1_InputCorrection)[];
}

export interface RetryRunRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'stateId'?: (string);
  'below'?: (boolean);
  'fanOut'?: (boolean);
  'corrections'?: (_fanout_v1_InputCorrection__Output)[];
}
