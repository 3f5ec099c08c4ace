
export interface StoreExpectation {
  'json'?: (string);
  'absent'?: (boolean);
  'value'?: "json"|"absent";
}

export interface StoreExpectation__Output {
  'json'?: (string);
  'absent'?: (boolean);
  'value'?: "json"|"absent";
}
