import type { StateStatus as _fanout_v1_StateStatus, StateStatus__Output as _fanout_v1_StateStatus__Output } from '../../fanout/v1/StateStatus.ts';

export interface ListStatesRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'identifier'?: (string);
  'status'?: (_fanout_v1_StateStatus);
  'pageSize'?: (number);
  'pageToken'?: (string);
  'includeSuperseded'?: (boolean);
  'errorCode'?: (string);
}

export interface ListStatesRequest__Output {
  'namespace'?: (string);
  'runId'?: (string);
  'identifier'?: (string);
  'status'?: (_fanout_v1_StateStatus__Output);
  'pageSize'?: (number);
  'pageToken'?: (string);
  'includeSuperseded'?: (boolean);
  'errorCode'?: (string);
}
