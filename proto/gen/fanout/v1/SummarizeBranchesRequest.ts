import type { Long } from '@grpc/proto-loader';

export interface SummarizeBranchesRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'stateId'?: (string);
  'identifier'?: (string);
  'from'?: (number | string | Long);
  'to'?: (number | string | Long);
  'cells'?: (number);
}

export interface SummarizeBranchesRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'stateId'?: (string);
  'identifier'?: (string);
  'from'?: (number);
  'to'?: (number);
  'cells'?: (number);
}
