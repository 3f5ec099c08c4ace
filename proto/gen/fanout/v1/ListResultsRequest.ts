
export interface ListResultsRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListResultsRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}
