import type { Long } from '@grpc/proto-loader';

export interface FailureReason {
  'identifier'?: (string);
  'code'?: (string);
  'message'?: (string);
  'count'?: (number | string | Long);
}

export interface FailureReason__Output {
  'identifier'?: (string);
  'code'?: (string);
  'message'?: (string);
  'count'?: (number);
}
