import type { Executed as _fanout_v1_Executed, Executed__Output as _fanout_v1_Executed__Output } from '../../fanout/v1/Executed.ts';
import type { Errored as _fanout_v1_Errored, Errored__Output as _fanout_v1_Errored__Output } from '../../fanout/v1/Errored.ts';
import type { Pruned as _fanout_v1_Pruned, Pruned__Output as _fanout_v1_Pruned__Output } from '../../fanout/v1/Pruned.ts';
import type { Requeued as _fanout_v1_Requeued, Requeued__Output as _fanout_v1_Requeued__Output } from '../../fanout/v1/Requeued.ts';
import type { StoreChange as _fanout_v1_StoreChange, StoreChange__Output as _fanout_v1_StoreChange__Output } from '../../fanout/v1/StoreChange.ts';

export interface Report {
  'stateId'?: (string);
  'leaseToken'?: (string);
  'executed'?: (_fanout_v1_Executed | null);
  'errored'?: (_fanout_v1_Errored | null);
  'pruned'?: (_fanout_v1_Pruned | null);
  'requeued'?: (_fanout_v1_Requeued | null);
  'storeChanges'?: (_fanout_v1_StoreChange)[];
  'outcome'?: "executed"|"errored"|"pruned"|"requeued";
}

export interface Report__Output {
  'stateId'?: (string);
  'leaseToken'?: (string);
  'executed'?: (_fanout_v1_Executed__Output);
  'errored'?: (_fanout_v1_Errored__Output);
  'pruned'?: (_fanout_v1_Pruned__Output);
  'requeued'?: (_fanout_v1_Requeued__Output);
  'storeChanges'?: (_fanout_v1_StoreChange__Output)[];
  'outcome'?: "executed"|"errored"|"pruned"|"requeued";
}
