import type { Long } from '@grpc/proto-loader';

export interface GetGraphRequest {
  'namespace'?: (string);
  'name'?: (string);
  'version'?: (number | string | Long);
}

export interface GetGraphRequest__Output {
  'namespace'?: (string);
  'name'?: (string);
  'version'?: (number);
}
