import type { Long } from '@grpc/proto-loader';

export interface NodeEstimate {
  'identifier'?: (string);
  'executions'?: (number | string | Long);
  'states'?: (number | string | Long);
  'scopes'?: (number | string | Long);
}

export interface NodeEstimate__Output {
  'identifier'?: (string);
  'executions'?: (number);
  'states'?: (number);
  'scopes'?: (number);
}
