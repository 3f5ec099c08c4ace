
export interface ValidateGraphRequest {
  'namespace'?: (string);
  'name'?: (string);
  'templateJson'?: (string);
}

export interface ValidateGraphRequest__Output {
  'namespace'?: (string);
  'name'?: (string);
  'templateJson'?: (string);
}
