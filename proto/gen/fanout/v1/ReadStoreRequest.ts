
export interface ReadStoreRequest {
  'namespace'?: (string);
  'stateId'?: (string);
  'leaseToken'?: (string);
  'keys'?: (string)[];
}

export interface ReadStoreRequest__Output {
  'namespace'?: (string);
  'stateId'?: (string);
  'leaseToken'?: (string);
  'keys'?: (string)[];
}
