
export interface CancelRunResponse {
  'changed'?: (boolean);
}

export interface CancelRunResponse__Output {
  'changed'?: (boolean);
}
