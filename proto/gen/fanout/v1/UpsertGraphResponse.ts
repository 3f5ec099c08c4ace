import type { Graph as _fanout_v1_Graph, Graph__Output as _fanout_v1_Graph__Output } from '../../fanout/v1/Graph.ts';
import type { GraphViolation as _fanout_v1_GraphViolation, GraphViolation__Output as _fanout_v1_GraphViolation__Output } from '../../fanout/v1/GraphViolation.ts';

export interface UpsertGraphResponse {
  'graph'?: (_fanout_v1_Graph | null);
  'created'?: (boolean);
  'warnings'?: (_fanout_v1_GraphViolation)[];
}

export interface UpsertGraphResponse__Output {
  'graph'?: (_fanout_v1_Graph__Output);
  'created'?: (boolean);
  'warnings'?: (_fanout_v1_GraphViolation__Output)[];
}
