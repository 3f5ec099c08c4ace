
export interface Errored {
  'code'?: (string);
  'message'?: (string);
  'notRetryable'?: (boolean);
}

export interface Errored__Output {
  'code'?: (string);
  'message'?: (string);
  'notRetryable'?: (boolean);
}
