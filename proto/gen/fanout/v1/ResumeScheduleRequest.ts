
export interface ResumeScheduleRequest {
  'namespace'?: (string);
  'graphName'?: (string);
  'scheduleId'?: (string);
}

export interface ResumeScheduleRequest__Output {
  'namespace'?: (string);
  'graphName'?: (string);
  'scheduleId'?: (string);
}
