
export interface PauseRunRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'stateId'?: (string);
  'fanOut'?: (boolean);
}

export interface PauseRunRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'stateId'?: (string);
  'fanOut'?: (boolean);
}
