
export interface StopRunJobResponse {
  'changed'?: (boolean);
}

export interface StopRunJobResponse__Output {
  'changed'?: (boolean);
}
