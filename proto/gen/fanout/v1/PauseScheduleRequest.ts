
export interface PauseScheduleRequest {
  'namespace'?: (string);
  'graphName'?: (string);
  'scheduleId'?: (string);
}

export interface PauseScheduleRequest__Output {
  'namespace'?: (string);
  'graphName'?: (string);
  'scheduleId'?: (string);
}
