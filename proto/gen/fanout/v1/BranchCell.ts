import type { BranchStatus as _fanout_v1_BranchStatus, BranchStatus__Output as _fanout_v1_BranchStatus__Output } from '../../fanout/v1/BranchStatus.ts';
import type { Long } from '@grpc/proto-loader';

export interface BranchCell {
  'from'?: (number | string | Long);
  'branches'?: (number | string | Long);
  'succeeded'?: (number | string | Long);
  'failed'?: (number | string | Long);
  'pruned'?: (number | string | Long);
  'unfinished'?: (number | string | Long);
  'worst'?: (_fanout_v1_BranchStatus);
}

export interface BranchCell__Output {
  'from'?: (number);
  'branches'?: (number);
  'succeeded'?: (number);
  'failed'?: (number);
  'pruned'?: (number);
  'unfinished'?: (number);
  'worst'?: (_fanout_v1_BranchStatus__Output);
}
