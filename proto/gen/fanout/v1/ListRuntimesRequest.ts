
export interface ListRuntimesRequest {
  'namespace'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListRuntimesRequest__Output {
  'namespace'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}
