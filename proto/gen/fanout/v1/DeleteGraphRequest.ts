
export interface DeleteGraphRequest {
  'namespace'?: (string);
  'name'?: (string);
}

export interface DeleteGraphRequest__Output {
  'namespace'?: (string);
  'name'?: (string);
}
