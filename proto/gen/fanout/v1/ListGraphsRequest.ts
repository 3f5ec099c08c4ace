
export interface ListGraphsRequest {
  'namespace'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListGraphsRequest__Output {
  'namespace'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}
