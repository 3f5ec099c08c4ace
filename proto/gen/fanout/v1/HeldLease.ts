
export interface HeldLease {
  'stateId'?: (string);
  'leaseToken'?: (string);
}

export interface HeldLease__Output {
  'stateId'?: (string);
  'leaseToken'?: (string);
}
