import type { StateStatus as _fanout_v1_StateStatus, StateStatus__Output as _fanout_v1_StateStatus__Output } from '../../fanout/v1/StateStatus.ts';
import type { StateOrder as _fanout_v1_StateOrder, StateOrder__Output as _fanout_v1_StateOrder__Output } from '../../fanout/v1/StateOrder.ts';

export interface ListStatesRequest {
  'namespace'?: (string);
  'runId'?: (string);
  'identifier'?: (string);
  'status'?: (_fanout_v1_StateStatus);
  'pageSize'?: (number);
  'pageToken'?: (string);
  'includeSuperseded'?: (boolean);
  'errorCode'?: (string);
  'statuses'?: (_fanout_v1_StateStatus)[];
  'below'?: (string);
  'label'?: (string);
  'orderBy'?: (_fanout_v1_StateOrder);
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
  'statuses'?: (_fanout_v1_StateStatus__Output)[];
  'below'?: (string);
  'label'?: (string);
  'orderBy'?: (_fanout_v1_StateOrder__Output);
}
