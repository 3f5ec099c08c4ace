import type { Quota as _fanout_v1_Quota, Quota__Output as _fanout_v1_Quota__Output } from '../../fanout/v1/Quota.ts';
import type { Long } from '@grpc/proto-loader';

export interface QuotaLimit {
  'quota'?: (_fanout_v1_Quota);
  'limit'?: (number | string | Long);
  '_limit'?: "limit";
}

export interface QuotaLimit__Output {
  'quota'?: (_fanout_v1_Quota__Output);
  'limit'?: (number);
  '_limit'?: "limit";
}
