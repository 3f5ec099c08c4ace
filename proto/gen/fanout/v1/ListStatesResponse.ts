import type { State as _fanout_v1_State, State__Output as _fanout_v1_State__Output } from '../../fanout/v1/State.ts';

export interface ListStatesResponse {
  'states'?: (_fanout_v1_State)[];
  'nextPageToken'?: (string);
}

export interface ListStatesResponse__Output {
  'states'?: (_fanout_v1_State__Output)[];
  'nextPageToken'?: (string);
}
