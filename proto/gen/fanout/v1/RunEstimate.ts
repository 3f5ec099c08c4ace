import type { NodeEstimate as _fanout_v1_NodeEstimate, NodeEstimate__Output as _fanout_v1_NodeEstimate__Output } from '../../fanout/v1/NodeEstimate.ts';
import type { Long } from '@grpc/proto-loader';

export interface RunEstimate {
  'states'?: (number | string | Long);
  'scopes'?: (number | string | Long);
  'payloadBytes'?: (number | string | Long);
  'storageBytes'?: (number | string | Long);
  'nodes'?: (_fanout_v1_NodeEstimate)[];
}

export interface RunEstimate__Output {
  'states'?: (number);
  'scopes'?: (number);
  'payloadBytes'?: (number);
  'storageBytes'?: (number);
  'nodes'?: (_fanout_v1_NodeEstimate__Output)[];
}
