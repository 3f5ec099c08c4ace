import type { Graph as _fanout_v1_Graph, Graph__Output as _fanout_v1_Graph__Output } from '../../fanout/v1/Graph.ts';

export interface GetGraphResponse {
  'graph'?: (_fanout_v1_Graph | null);
}

export interface GetGraphResponse__Output {
  'graph'?: (_fanout_v1_Graph__Output);
}
