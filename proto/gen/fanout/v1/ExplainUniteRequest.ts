
export interface ExplainUniteRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'stateId'?: (string);
  'identifier'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ExplainUniteRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'stateId'?: (string);
  'identifier'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}
