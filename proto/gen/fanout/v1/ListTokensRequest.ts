
export interface ListTokensRequest {
  'namespace'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListTokensRequest__Output {
  'namespace'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}
