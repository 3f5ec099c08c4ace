
export interface GetRunJobRequest {
  'namespace'?: (string);
  'jobId'?: (string);
}

export interface GetRunJobRequest__Output {
  'namespace'?: (string);
  'jobId'?: (string);
}
