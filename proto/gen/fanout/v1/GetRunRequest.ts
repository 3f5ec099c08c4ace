
export interface GetRunRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'includeWaits'?: (boolean);
}

export interface GetRunRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'includeWaits'?: (boolean);
}
