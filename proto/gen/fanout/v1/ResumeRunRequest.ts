
export interface ResumeRunRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'stateId'?: (string);
  'fanOut'?: (boolean);
}

export interface ResumeRunRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'stateId'?: (string);
  'fanOut'?: (boolean);
}
