
export interface PauseRunResponse {
  'changed'?: (boolean);
}

export interface PauseRunResponse__Output {
  'changed'?: (boolean);
}
