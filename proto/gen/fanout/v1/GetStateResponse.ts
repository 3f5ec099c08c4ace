import type { State as _fanout_v1_State, State__Output as _fanout_v1_State__Output } from '../../fanout/v1/State.ts';
import type { Failure as _fanout_v1_Failure, Failure__Output as _fanout_v1_Failure__Output } from '../../fanout/v1/Failure.ts';

export interface GetStateResponse {
  'state'?: (_fanout_v1_State | null);
  'attempts'?: (_fanout_v1_State)[];
  'inputsJson'?: (string);
  'inputsFailure'?: (_fanout_v1_Failure | null);
  'unitedInputs'?: (string)[];
  'correctedInputs'?: (string)[];
}

export interface GetStateResponse__Output {
  'state'?: (_fanout_v1_State__Output);
  'attempts'?: (_fanout_v1_State__Output)[];
  'inputsJson'?: (string);
  'inputsFailure'?: (_fanout_v1_Failure__Output);
  'unitedInputs'?: (string)[];
  'correctedInputs'?: (string)[];
}
