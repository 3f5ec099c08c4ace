import type { Long } from '@grpc/proto-loader';

export interface NodeRate {
  'limit'?: (number);
  'perMs'?: (number | string | Long);
  'key'?: (string);
}

export interface NodeRate__Output {
  'limit'?: (number);
  'perMs'?: (number);
  'key'?: (string);
}
