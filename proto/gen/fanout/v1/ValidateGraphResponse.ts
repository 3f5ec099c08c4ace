import type { GraphViolation as _fanout_v1_GraphViolation, GraphViolation__Output as _fanout_v1_GraphViolation__Output } from '../../fanout/v1/GraphViolation.ts';

export interface ValidateGraphResponse {
  'violations'?: (_fanout_v1_GraphViolation)[];
  'warnings'?: (_fanout_v1_GraphViolation)[];
}

export interface ValidateGraphResponse__Output {
  'violations'?: (_fanout_v1_GraphViolation__Output)[];
  'warnings'?: (_fanout_v1_GraphViolation__Output)[];
}
