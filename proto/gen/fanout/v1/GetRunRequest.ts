
export interface GetRunRequest {
  'namespace'?: (string);
  'runId'?: (string);
}

export interface GetRunRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
}
