
export interface Pruned {
  'dataJson'?: (string);
}

export interface Pruned__Output {
  'dataJson'?: (string);
}
