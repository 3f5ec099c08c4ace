
export interface ChangeStoreResponse {
  'applied'?: (boolean);
  'valueJson'?: (string);
  '_valueJson'?: "valueJson";
}

export interface ChangeStoreResponse__Output {
  'applied'?: (boolean);
  'valueJson'?: (string);
  '_valueJson'?: "valueJson";
}
