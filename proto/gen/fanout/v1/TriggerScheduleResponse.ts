
export interface TriggerScheduleResponse {
  'runId'?: (string);
  'created'?: (boolean);
}

export interface TriggerScheduleResponse__Output {
  'runId'?: (string);
  'created'?: (boolean);
}
