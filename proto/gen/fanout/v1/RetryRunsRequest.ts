import type { RunFilter as _fanout_v1_RunFilter, RunFilter__Output as _fanout_v1_RunFilter__Output } from '../../fanout/v1/RunFilter.ts';

export interface RetryRunsRequest {
  'namespace'?: (string);
  'filter'?: (_fanout_v1_RunFilter | null);
  'idempotencyKey'?: (string);
}

export interface RetryRunsRequest__Output {
  'namespace'?: (string);
  'filter'?: (_fanout_v1_RunFilter__Output);
  'idempotencyKey'?: (string);
}
