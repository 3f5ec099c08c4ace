import type { TimeHistogram as _fanout_v1_TimeHistogram, TimeHistogram__Output as _fanout_v1_TimeHistogram__Output } from '../../fanout/v1/TimeHistogram.ts';
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
  'executions'?: (number | string | Long);
  'outputs'?: (number | string | Long);
  'retries'?: (number | string | Long);
  'waitingTimes'?: (_fanout_v1_TimeHistogram | null);
  'runningTimes'?: (_fanout_v1_TimeHistogram | null);
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
  'executions'?: (number);
  'outputs'?: (number);
  'retries'?: (number);
  'waitingTimes'?: (_fanout_v1_TimeHistogram__Output);
  'runningTimes'?: (_fanout_v1_TimeHistogram__Output);
}
