
export interface WatchRunRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'omitResults'?: (boolean);
}

export interface WatchRunRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'omitResults'?: (boolean);
}
