
export interface StopRunJobRequest {
  'namespace'?: (string);
  'jobId'?: (string);
}

export interface StopRunJobRequest__Output {
  'namespace'?: (string);
  'jobId'?: (string);
}
