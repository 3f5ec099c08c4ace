
export interface RunLogs {
  'maxLineBytes'?: (number);
  'maxLines'?: (number);
}

export interface RunLogs__Output {
  'maxLineBytes'?: (number);
  'maxLines'?: (number);
}
