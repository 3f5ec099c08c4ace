
export interface DeleteRunRequest {
  'namespace'?: (string);
  'runId'?: (string);
}

export interface DeleteRunRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
}
