
export interface StopBackfillResponse {
  'changed'?: (boolean);
}

export interface StopBackfillResponse__Output {
  'changed'?: (boolean);
}
