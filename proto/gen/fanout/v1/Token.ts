import type { Role as _fanout_v1_Role, Role__Output as _fanout_v1_Role__Output } from '../../fanout/v1/Role.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface Token {
  'tokenId'?: (string);
  'namespace'?: (string);
  'role'?: (_fanout_v1_Role);
  'createTime'?: (_google_protobuf_Timestamp | null);
  'expireTime'?: (_google_protobuf_Timestamp | null);
}

export interface Token__Output {
  'tokenId'?: (string);
  'namespace'?: (string);
  'role'?: (_fanout_v1_Role__Output);
  'createTime'?: (_google_protobuf_Timestamp__Output);
  'expireTime'?: (_google_protobuf_Timestamp__Output);
}
