
export interface RevokeTokenRequest {
  'namespace'?: (string);
  'tokenId'?: (string);
}

export interface RevokeTokenRequest__Output {
  'namespace'?: (string);
  'tokenId'?: (string);
}
