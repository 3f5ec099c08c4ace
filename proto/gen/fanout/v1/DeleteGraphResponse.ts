import type { Long } from '@grpc/proto-loader';

export interface DeleteGraphResponse {
  'versions'?: (number | string | Long);
}

export interface DeleteGraphResponse__Output {
  'versions'?: (number);
}
