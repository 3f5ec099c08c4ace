
export interface RunResult {
  'identifier'?: (string);
  'stateId'?: (string);
  'path'?: (string);
  'outputJson'?: (string);
}

export interface RunResult__Output {
  'identifier'?: (string);
  'stateId'?: (string);
  'path'?: (string);
  'outputJson'?: (string);
}
