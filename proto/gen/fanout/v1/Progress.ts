
export interface Progress {
  'stateId'?: (string);
  'leaseToken'?: (string);
  'message'?: (string);
}

export interface Progress__Output {
  'stateId'?: (string);
  'leaseToken'?: (string);
  'message'?: (string);
}
