import type { Long } from '@grpc/proto-loader';

export interface RetryRunResponse {
  'retried'?: (number | string | Long);
}

export interface RetryRunResponse__Output {
  'retried'?: (number);
}
