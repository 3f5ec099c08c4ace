import type { Long } from '@grpc/proto-loader';

export interface ValidateGraphRequest {
  'namespace'?: (string);
  'name'?: (string);
  'templateJson'?: (string);
  'assumedWidths'?: ({[key: string]: number | string | Long});
  'assumedOutputBytes'?: (number | string | Long);
}

export interface ValidateGraphRequest__Output {
  'namespace'?: (string);
  'name'?: (string);
  'templateJson'?: (string);
  'assumedWidths'?: ({[key: string]: number});
  'assumedOutputBytes'?: (number);
}
