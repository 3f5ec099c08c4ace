import type { UniteScope as _fanout_v1_UniteScope, UniteScope__Output as _fanout_v1_UniteScope__Output } from '../../fanout/v1/UniteScope.ts';

export interface ExplainUniteResponse {
  'scopes'?: (_fanout_v1_UniteScope)[];
  'nextPageToken'?: (string);
}

export interface ExplainUniteResponse__Output {
  'scopes'?: (_fanout_v1_UniteScope__Output)[];
  'nextPageToken'?: (string);
}
