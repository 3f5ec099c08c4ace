import type { ConnectedRuntime as _fanout_v1_ConnectedRuntime, ConnectedRuntime__Output as _fanout_v1_ConnectedRuntime__Output } from '../../fanout/v1/ConnectedRuntime.ts';

export interface ListRuntimesResponse {
  'runtimes'?: (_fanout_v1_ConnectedRuntime)[];
  'nextPageToken'?: (string);
}

export interface ListRuntimesResponse__Output {
  'runtimes'?: (_fanout_v1_ConnectedRuntime__Output)[];
  'nextPageToken'?: (string);
}
