
export interface TriggerScheduleRequest {
  'namespace'?: (string);
  'graphName'?: (string);
  'scheduleId'?: (string);
  'idempotencyKey'?: (string);
}

export interface TriggerScheduleRequest__Output {
  'namespace'?: (string);
  'graphName'?: (string);
  'scheduleId'?: (string);
  'idempotencyKey'?: (string);
}
