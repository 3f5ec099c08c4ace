
export interface GroupFailuresRequest {
  'namespace'?: (string);
  'runId'?: (string);
}

export interface GroupFailuresRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
}
