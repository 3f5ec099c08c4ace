
export interface Failure {
  'code'?: (string);
  'message'?: (string);
  'stack'?: (string);
}

export interface Failure__Output {
  'code'?: (string);
  'message'?: (string);
  'stack'?: (string);
}
