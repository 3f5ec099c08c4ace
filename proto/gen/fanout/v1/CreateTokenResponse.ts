import type { Token as _fanout_v1_Token, Token__Output as _fanout_v1_Token__Output } from '../../fanout/v1/Token.ts';

export interface CreateTokenResponse {
  'token'?: (_fanout_v1_Token | null);
  'bearer'?: (string);
}

export interface CreateTokenResponse__Output {
  'token'?: (_fanout_v1_Token__Output);
  'bearer'?: (string);
}
