
export interface ResumeScheduleResponse {
  'changed'?: (boolean);
}

export interface ResumeScheduleResponse__Output {
  'changed'?: (boolean);
}
