
export interface Route {
  'nextNodes'?: (string)[];
}

export interface Route__Output {
  'nextNodes'?: (string)[];
}
