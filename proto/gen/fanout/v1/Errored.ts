
export interface Errored {
  'code'?: (string);
  'message'?: (string);
  'notRetryable'?: (boolean);
  'stack'?: (string);
}

export interface Errored__Output {
  'code'?: (string);
  'message'?: (string);
  'notRetryable'?: (boolean);
  'stack'?: (string);
}
