import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.ts';

export interface Requeued {
  'delay'?: (_google_protobuf_Duration | null);
}

export interface Requeued__Output {
  'delay'?: (_google_protobuf_Duration__Output);
}
