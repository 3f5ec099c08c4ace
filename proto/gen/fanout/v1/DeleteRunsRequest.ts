import type { RunFilter as _fanout_v1_RunFilter, RunFilter__Output as _fanout_v1_RunFilter__Output } from '../../fanout/v1/RunFilter.ts';

export interface DeleteRunsRequest {
  'namespace'?: (string);
  'filter'?: (_fanout_v1_RunFilter | null);
  'idempotencyKey'?: (string);
}

export interface DeleteRunsRequest__Output {
  'namespace'?: (string);
  'filter'?: (_fanout_v1_RunFilter__Output);
  'idempotencyKey'?: (string);
}
