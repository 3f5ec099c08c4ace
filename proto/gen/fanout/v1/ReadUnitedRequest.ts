
export interface ReadUnitedRequest {
  'namespace'?: (string);
  'stateId'?: (string);
  'leaseToken'?: (string);
  'inputName'?: (string);
  'pageToken'?: (string);
  'pageSize'?: (number);
}

export interface ReadUnitedRequest__Output {
  'namespace'?: (string);
  'stateId'?: (string);
  'leaseToken'?: (string);
  'inputName'?: (string);
  'pageToken'?: (string);
  'pageSize'?: (number);
}
