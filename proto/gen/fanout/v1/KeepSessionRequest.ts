
export interface KeepSessionRequest {
  'namespace'?: (string);
  'sessionId'?: (string);
}

export interface KeepSessionRequest__Output {
  'namespace'?: (string);
  'sessionId'?: (string);
}
