
export interface PauseScheduleResponse {
  'changed'?: (boolean);
}

export interface PauseScheduleResponse__Output {
  'changed'?: (boolean);
}
