
export interface ListTokensRequest {
  'namespace'?: (string);
}

export interface ListTokensRequest__Output {
  'namespace'?: (string);
}
