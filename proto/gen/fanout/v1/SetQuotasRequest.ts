import type { QuotaLimit as _fanout_v1_QuotaLimit, QuotaLimit__Output as _fanout_v1_QuotaLimit__Output } from '../../fanout/v1/QuotaLimit.ts';

export interface SetQuotasRequest {
  'namespace'?: (string);
  'limits'?: (_fanout_v1_QuotaLimit)[];
}

export interface SetQuotasRequest__Output {
  'namespace'?: (string);
  'limits'?: (_fanout_v1_QuotaLimit__Output)[];
}
