import type { Long } from '@grpc/proto-loader';

export interface NodeCounts {
  'identifier'?: (string);
  'nodeName'?: (string);
  'created'?: (number | string | Long);
  'queued'?: (number | string | Long);
  'executed'?: (number | string | Long);
  'success'?: (number | string | Long);
  'errored'?: (number | string | Long);
  'retryCreated'?: (number | string | Long);
  'pruned'?: (number | string | Long);
  'cancelled'?: (number | string | Long);
  'superseded'?: (number | string | Long);
}

export interface NodeCounts__Output {
  'identifier'?: (string);
  'nodeName'?: (string);
  'created'?: (number);
  'queued'?: (number);
  'executed'?: (number);
  'success'?: (number);
  'errored'?: (number);
  'retryCreated'?: (number);
  'pruned'?: (number);
  'cancelled'?: (number);
  'superseded'?: (number);
}
