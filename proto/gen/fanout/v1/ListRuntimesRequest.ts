
export interface ListRuntimesRequest {
  'namespace'?: (string);
}

export interface ListRuntimesRequest__Output {
  'namespace'?: (string);
}
