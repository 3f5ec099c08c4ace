import type { Long } from '@grpc/proto-loader';

export interface IndexRange {
  'first'?: (number | string | Long);
  'end'?: (number | string | Long);
}

export interface IndexRange__Output {
  'first'?: (number);
  'end'?: (number);
}
