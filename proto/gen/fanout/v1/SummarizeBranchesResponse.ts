import type { BranchCell as _fanout_v1_BranchCell, BranchCell__Output as _fanout_v1_BranchCell__Output } from '../../fanout/v1/BranchCell.ts';
import type { Long } from '@grpc/proto-loader';

export interface SummarizeBranchesResponse {
  'cells'?: (_fanout_v1_BranchCell)[];
  'total'?: (number | string | Long);
  'unitingIdentifier'?: (string);
  'incomplete'?: (boolean);
}

export interface SummarizeBranchesResponse__Output {
  'cells'?: (_fanout_v1_BranchCell__Output)[];
  'total'?: (number);
  'unitingIdentifier'?: (string);
  'incomplete'?: (boolean);
}
