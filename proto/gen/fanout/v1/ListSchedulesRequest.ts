
export interface ListSchedulesRequest {
  'namespace'?: (string);
  'graphName'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
  'nextSlots'?: (number);
}

export interface ListSchedulesRequest__Output {
  'namespace'?: (string);
  'graphName'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
  'nextSlots'?: (number);
}
