
export interface Capacity {
  'total'?: (number);
  'perNode'?: ({[key: string]: number});
  'lingering'?: (number);
}

export interface Capacity__Output {
  'total'?: (number);
  'perNode'?: ({[key: string]: number});
  'lingering'?: (number);
}
