
export interface WatchRunRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'omitResults'?: (boolean);
  'endOnly'?: (boolean);
}

export interface WatchRunRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'omitResults'?: (boolean);
  'endOnly'?: (boolean);
}
