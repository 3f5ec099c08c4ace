
export interface RetryRunRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'stateId'?: (string);
  'below'?: (boolean);
  'fanOut'?: (boolean);
}

export interface RetryRunRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'stateId'?: (string);
  'below'?: (boolean);
  'fanOut'?: (boolean);
}
