
export interface GetStoreRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface GetStoreRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}
