import type { Role as _fanout_v1_Role, Role__Output as _fanout_v1_Role__Output } from '../../fanout/v1/Role.ts';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.ts';

export interface CreateTokenRequest {
  'namespace'?: (string);
  'role'?: (_fanout_v1_Role);
  'ttl'?: (_google_protobuf_Duration | null);
}

export interface CreateTokenRequest__Output {
  'namespace'?: (string);
  'role'?: (_fanout_v1_Role__Output);
  'ttl'?: (_google_protobuf_Duration__Output);
}
