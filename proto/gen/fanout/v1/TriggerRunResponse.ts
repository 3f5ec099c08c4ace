
export interface TriggerRunResponse {
  'runId'?: (string);
  'created'?: (boolean);
}

export interface TriggerRunResponse__Output {
  'runId'?: (string);
  'created'?: (boolean);
}
