
export interface UpsertGraphRequest {
  'namespace'?: (string);
  'name'?: (string);
  'templateJson'?: (string);
}

export interface UpsertGraphRequest__Output {
  'namespace'?: (string);
  'name'?: (string);
  'templateJson'?: (string);
}
