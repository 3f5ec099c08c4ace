
export interface ListRunJobsRequest {
  'namespace'?: (string);
}

export interface ListRunJobsRequest__Output {
  'namespace'?: (string);
}
