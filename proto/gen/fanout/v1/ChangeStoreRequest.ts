import type { StoreChange as _fanout_v1_StoreChange, StoreChange__Output as _fanout_v1_StoreChange__Output } from '../../fanout/v1/StoreChange.ts';
import type { StoreExpectation as _fanout_v1_StoreExpectation, StoreExpectation__Output as _fanout_v1_StoreExpectation__Output } from '../../fanout/v1/StoreExpectation.ts';
import type { Long } from '@grpc/proto-loader';

export interface ChangeStoreRequest {
  'namespace'?: (string);
  'stateId'?: (string);
  'leaseToken'?: (string);
  'change'?: (_fanout_v1_StoreChange | null);
  'expected'?: (_fanout_v1_StoreExpectation | null);
  'changeNumber'?: (number | string | Long);
}

export interface ChangeStoreRequest__Output {
  'namespace'?: (string);
  'stateId'?: (string);
  'leaseToken'?: (string);
  'change'?: (_fanout_v1_StoreChange__Output);
  'expected'?: (_fanout_v1_StoreExpectation__Output);
  'changeNumber'?: (number);
}
