
export interface StoreEntry {
  'key'?: (string);
  'valueJson'?: (string);
}

export interface StoreEntry__Output {
  'key'?: (string);
  'valueJson'?: (string);
}
