import type { UnfinishedState as _fanout_v1_UnfinishedState, UnfinishedState__Output as _fanout_v1_UnfinishedState__Output } from '../../fanout/v1/UnfinishedState.ts';
import type { Long } from '@grpc/proto-loader';

export interface MissingBranch {
  'index'?: (number | string | Long);
  'unfinishedStates'?: (number | string | Long);
  'states'?: (_fanout_v1_UnfinishedState)[];
  'label'?: (string);
}

export interface MissingBranch__Output {
  'index'?: (number);
  'unfinishedStates'?: (number);
  'states'?: (_fanout_v1_UnfinishedState__Output)[];
  'label'?: (string);
}
