
export interface GetStateRequest {
  'namespace'?: (string);
  'stateId'?: (string);
  'includeInputs'?: (boolean);
}

export interface GetStateRequest__Output {
  'namespace'?: (string);
  'stateId'?: (string);
  'includeInputs'?: (boolean);
}
