
export interface GraphViolation {
  'path'?: (string);
  'code'?: (string);
  'description'?: (string);
}

export interface GraphViolation__Output {
  'path'?: (string);
  'code'?: (string);
  'description'?: (string);
}
