
export interface ListNodesRequest {
  'namespace'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListNodesRequest__Output {
  'namespace'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}
