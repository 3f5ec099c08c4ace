import type { RunJobAction as _fanout_v1_RunJobAction, RunJobAction__Output as _fanout_v1_RunJobAction__Output } from '../../fanout/v1/RunJobAction.ts';
import type { RunFilter as _fanout_v1_RunFilter, RunFilter__Output as _fanout_v1_RunFilter__Output } from '../../fanout/v1/RunFilter.ts';
import type { RunJobStatus as _fanout_v1_RunJobStatus, RunJobStatus__Output as _fanout_v1_RunJobStatus__Output } from '../../fanout/v1/RunJobStatus.ts';
import type { RunJobFailure as _fanout_v1_RunJobFailure, RunJobFailure__Output as _fanout_v1_RunJobFailure__Output } from '../../fanout/v1/RunJobFailure.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { Long } from '@grpc/proto-loader';

export interface RunJob {
  'jobId'?: (string);
  'action'?: (_fanout_v1_RunJobAction);
  'filter'?: (_fanout_v1_RunFilter | null);
  'reason'?: (string);
  'status'?: (_fanout_v1_RunJobStatus);
  'stopping'?: (boolean);
  'matched'?: (number | string | Long);
  'changed'?: (number | string | Long);
  'skipped'?: (number | string | Long);
  'failed'?: (number | string | Long);
  'failures'?: (_fanout_v1_RunJobFailure)[];
  'createTime'?: (_google_protobuf_Timestamp | null);
  'endTime'?: (_google_protobuf_Timestamp | null);
}

export interface RunJob__Output {
  'jobId'?: (string);
  'action'?: (_fanout_v1_RunJobAction__Output);
  'filter'?: (_fanout_v1_RunFilter__Output);
  'reason'?: (string);
  'status'?: (_fanout_v1_RunJobStatus__Output);
  'stopping'?: (boolean);
  'matched'?: (number);
  'changed'?: (number);
  'skipped'?: (number);
  'failed'?: (number);
  'failures'?: (_fanout_v1_RunJobFailure__Output)[];
  'createTime'?: (_google_protobuf_Timestamp__Output);
  'endTime'?: (_google_protobuf_Timestamp__Output);
}
