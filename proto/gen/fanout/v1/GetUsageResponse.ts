import type { QuotaUsage as _fanout_v1_QuotaUsage, QuotaUsage__Output as _fanout_v1_QuotaUsage__Output } from '../../fanout/v1/QuotaUsage.ts';

export interface GetUsageResponse {
  'quotas'?: (_fanout_v1_QuotaUsage)[];
}

export interface GetUsageResponse__Output {
  'quotas'?: (_fanout_v1_QuotaUsage__Output)[];
}
