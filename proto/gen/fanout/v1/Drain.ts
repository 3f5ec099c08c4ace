import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.ts';

export interface Drain {
  'reason'?: (string);
  'grace'?: (_google_protobuf_Duration | null);
}

export interface Drain__Output {
  'reason'?: (string);
  'grace'?: (_google_protobuf_Duration__Output);
}
