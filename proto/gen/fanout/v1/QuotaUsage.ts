import type { Quota as _fanout_v1_Quota, Quota__Output as _fanout_v1_Quota__Output } from '../../fanout/v1/Quota.ts';
import type { Long } from '@grpc/proto-loader';

export interface QuotaUsage {
  'quota'?: (_fanout_v1_Quota);
  'limit'?: (number | string | Long);
  'used'?: (number | string | Long);
  'isSet'?: (boolean);
  '_used'?: "used";
}

export interface QuotaUsage__Output {
  'quota'?: (_fanout_v1_Quota__Output);
  'limit'?: (number);
  'used'?: (number);
  'isSet'?: (boolean);
  '_used'?: "used";
}
