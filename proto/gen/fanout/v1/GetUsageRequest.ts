
export interface GetUsageRequest {
  'namespace'?: (string);
}

export interface GetUsageRequest__Output {
  'namespace'?: (string);
}
