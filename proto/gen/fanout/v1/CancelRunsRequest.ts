import type { RunFilter as _fanout_v1_RunFilter, RunFilter__Output as _fanout_v1_RunFilter__Output } from '../../fanout/v1/RunFilter.ts';

export interface CancelRunsRequest {
  'namespace'?: (string);
  'filter'?: (_fanout_v1_RunFilter | null);
  'reason'?: (string);
  'idempotencyKey'?: (string);
}

export interface CancelRunsRequest__Output {
  'namespace'?: (string);
  'filter'?: (_fanout_v1_RunFilter__Output);
  'reason'?: (string);
  'idempotencyKey'?: (string);
}
