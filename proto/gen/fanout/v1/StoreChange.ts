
export interface StoreChange {
  'key'?: (string);
  'setJson'?: (string);
  'delete'?: (boolean);
  'increment'?: (number | string);
  'appendJson'?: (string);
  'change'?: "setJson"|"delete"|"increment"|"appendJson";
}

export interface StoreChange__Output {
  'key'?: (string);
  'setJson'?: (string);
  'delete'?: (boolean);
  'increment'?: (number);
  'appendJson'?: (string);
  'change'?: "setJson"|"delete"|"increment"|"appendJson";
}
