import type { RegisteredNode as _fanout_v1_RegisteredNode, RegisteredNode__Output as _fanout_v1_RegisteredNode__Output } from '../../fanout/v1/RegisteredNode.ts';

export interface ListNodesResponse {
  'nodes'?: (_fanout_v1_RegisteredNode)[];
  'nextPageToken'?: (string);
}

export interface ListNodesResponse__Output {
  'nodes'?: (_fanout_v1_RegisteredNode__Output)[];
  'nextPageToken'?: (string);
}
