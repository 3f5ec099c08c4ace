import type { Long } from '@grpc/proto-loader';

export interface UniteCounts {
  'total'?: (number | string | Long);
  'succeeded'?: (number | string | Long);
  'failed'?: (number | string | Long);
  'pruned'?: (number | string | Long);
  'unfinished'?: (number | string | Long);
  'leftOut'?: (number | string | Long);
}

export interface UniteCounts__Output {
  'total'?: (number);
  'succeeded'?: (number);
  'failed'?: (number);
  'pruned'?: (number);
  'unfinished'?: (number);
  'leftOut'?: (number);
}
