
export interface CancelRunRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'stateId'?: (string);
  'fanOut'?: (boolean);
  'reason'?: (string);
}

export interface CancelRunRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'stateId'?: (string);
  'fanOut'?: (boolean);
  'reason'?: (string);
}
