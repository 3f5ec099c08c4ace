import type { GraphViolation as _fanout_v1_GraphViolation, GraphViolation__Output as _fanout_v1_GraphViolation__Output } from '../../fanout/v1/GraphViolation.ts';
import type { RunEstimate as _fanout_v1_RunEstimate, RunEstimate__Output as _fanout_v1_RunEstimate__Output } from '../../fanout/v1/RunEstimate.ts';

export interface ValidateGraphResponse {
  'violations'?: (_fanout_v1_GraphViolation)[];
  'warnings'?: (_fanout_v1_GraphViolation)[];
  'estimate'?: (_fanout_v1_RunEstimate | null);
}

export interface ValidateGraphResponse__Output {
  'violations'?: (_fanout_v1_GraphViolation__Output)[];
  'warnings'?: (_fanout_v1_GraphViolation__Output)[];
  'estimate'?: (_fanout_v1_RunEstimate__Output);
}
