import type { Long } from '@grpc/proto-loader';

export interface TimeHistogram {
  'counts'?: (number | string | Long)[];
  'boundsMs'?: (number | string | Long)[];
  'p50Ms'?: (number | string);
  'p95Ms'?: (number | string);
}

export interface TimeHistogram__Output {
  'counts'?: (number)[];
  'boundsMs'?: (number)[];
  'p50Ms'?: (number);
  'p95Ms'?: (number);
}
