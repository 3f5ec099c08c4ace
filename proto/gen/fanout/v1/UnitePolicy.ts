import type { UniteStrategy as _fanout_v1_UniteStrategy, UniteStrategy__Output as _fanout_v1_UniteStrategy__Output } from '../../fanout/v1/UniteStrategy.ts';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.ts';
import type { Long } from '@grpc/proto-loader';

export interface UnitePolicy {
  'text'?: (string);
  'strategy'?: (_fanout_v1_UniteStrategy);
  'minSuccess'?: (number | string | Long);
  'toleratedFailures'?: (number | string | Long);
  'timeout'?: (_google_protobuf_Duration | null);
  'failFast'?: (boolean);
  'windowCount'?: (number | string | Long);
  'windowInterval'?: (_google_protobuf_Duration | null);
}

export interface UnitePolicy__Output {
  'text'?: (string);
  'strategy'?: (_fanout_v1_UniteStrategy__Output);
  'minSuccess'?: (number);
  'toleratedFailures'?: (number);
  'timeout'?: (_google_protobuf_Duration__Output);
  'failFast'?: (boolean);
  'windowCount'?: (number);
  'windowInterval'?: (_google_protobuf_Duration__Output);
}
