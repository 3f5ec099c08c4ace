
export interface NodeDefinition {
  'name'?: (string);
  'inputSchemaJson'?: (string);
  'outputSchemaJson'?: (string);
  'secrets'?: (string)[];
  'iteratorInputs'?: (string)[];
  'openFanOut'?: (boolean);
  'description'?: (string);
}

export interface NodeDefinition__Output {
  'name'?: (string);
  'inputSchemaJson'?: (string);
  'outputSchemaJson'?: (string);
  'secrets'?: (string)[];
  'iteratorInputs'?: (string)[];
  'openFanOut'?: (boolean);
  'description'?: (string);
}
