
export interface InputCorrection {
  'stateId'?: (string);
  'inputsJson'?: (string);
}

export interface InputCorrection__Output {
  'stateId'?: (string);
  'inputsJson'?: (string);
}
