
export interface ResumeRunResponse {
  'changed'?: (boolean);
}

export interface ResumeRunResponse__Output {
  'changed'?: (boolean);
}
