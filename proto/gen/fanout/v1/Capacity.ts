
export interface Capacity {
  'total'?: (number);
  'perNode'?: ({[key: string]: number});
}

export interface Capacity__Output {
  'total'?: (number);
  'perNode'?: ({[key: string]: number});
}
