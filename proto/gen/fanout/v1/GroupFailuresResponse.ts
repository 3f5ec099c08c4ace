import type { FailureGroup as _fanout_v1_FailureGroup, FailureGroup__Output as _fanout_v1_FailureGroup__Output } from '../../fanout/v1/FailureGroup.ts';
import type { Long } from '@grpc/proto-loader';

export interface GroupFailuresResponse {
  'groups'?: (_fanout_v1_FailureGroup)[];
  'groupsLeftOut'?: (number | string | Long);
  'incomplete'?: (boolean);
}

export interface GroupFailuresResponse__Output {
  'groups'?: (_fanout_v1_FailureGroup__Output)[];
  'groupsLeftOut'?: (number);
  'incomplete'?: (boolean);
}
