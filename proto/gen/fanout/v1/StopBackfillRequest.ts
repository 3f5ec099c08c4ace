
export interface StopBackfillRequest {
  'namespace'?: (string);
  'graphName'?: (string);
  'scheduleId'?: (string);
}

export interface StopBackfillRequest__Output {
  'namespace'?: (string);
  'graphName'?: (string);
  'scheduleId'?: (string);
}
