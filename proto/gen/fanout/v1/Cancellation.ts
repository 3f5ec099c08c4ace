
export interface Cancellation {
  'stateId'?: (string);
  'leaseToken'?: (string);
  'reason'?: (string);
}

export interface Cancellation__Output {
  'stateId'?: (string);
  'leaseToken'?: (string);
  'reason'?: (string);
}
