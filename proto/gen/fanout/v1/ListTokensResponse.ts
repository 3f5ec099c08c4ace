import type { Token as _fanout_v1_Token, Token__Output as _fanout_v1_Token__Output } from '../../fanout/v1/Token.ts';

export interface ListTokensResponse {
  'tokens'?: (_fanout_v1_Token)[];
  'nextPageToken'?: (string);
}

export interface ListTokensResponse__Output {
  'tokens'?: (_fanout_v1_Token__Output)[];
  'nextPageToken'?: (string);
}
