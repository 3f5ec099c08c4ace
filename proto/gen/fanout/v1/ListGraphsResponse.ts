import type { Graph as _fanout_v1_Graph, Graph__Output as _fanout_v1_Graph__Output } from '../../fanout/v1/Graph.ts';

export interface ListGraphsResponse {
  'graphs'?: (_fanout_v1_Graph)[];
  'nextPageToken'?: (string);
}

export interface ListGraphsResponse__Output {
  'graphs'?: (_fanout_v1_Graph__Output)[];
  'nextPageToken'?: (string);
}
