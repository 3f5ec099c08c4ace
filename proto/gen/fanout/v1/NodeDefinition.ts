import type { NodeRate as _fanout_v1_NodeRate, NodeRate__Output as _fanout_v1_NodeRate__Output } from '../../fanout/v1/NodeRate.ts';

export interface NodeDefinition {
  'name'?: (string);
  'inputSchemaJson'?: (string);
  'outputSchemaJson'?: (string);
  'secrets'?: (string)[];
  'iteratorInputs'?: (string)[];
  'openFanOut'?: (boolean);
  'description'?: (string);
  'rate'?: (_fanout_v1_NodeRate | null);
}

export interface NodeDefinition__Output {
  'name'?: (string);
  'inputSchemaJson'?: (string);
  'outputSchemaJson'?: (string);
  'secrets'?: (string)[];
  'iteratorInputs'?: (string)[];
  'openFanOut'?: (boolean);
  'description'?: (string);
  'rate'?: (_fanout_v1_NodeRate__Output);
}
