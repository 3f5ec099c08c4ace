import type { UniteScopeStatus as _fanout_v1_UniteScopeStatus, UniteScopeStatus__Output as _fanout_v1_UniteScopeStatus__Output } from '../../fanout/v1/UniteScopeStatus.ts';
import type { UnitePolicy as _fanout_v1_UnitePolicy, UnitePolicy__Output as _fanout_v1_UnitePolicy__Output } from '../../fanout/v1/UnitePolicy.ts';
import type { UniteCounts as _fanout_v1_UniteCounts, UniteCounts__Output as _fanout_v1_UniteCounts__Output } from '../../fanout/v1/UniteCounts.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { MissingBranch as _fanout_v1_MissingBranch, MissingBranch__Output as _fanout_v1_MissingBranch__Output } from '../../fanout/v1/MissingBranch.ts';
import type { FailureReason as _fanout_v1_FailureReason, FailureReason__Output as _fanout_v1_FailureReason__Output } from '../../fanout/v1/FailureReason.ts';

export interface UniteScope {
  'unitingIdentifier'?: (string);
  'unitingStateId'?: (string);
  'unitedIdentifier'?: (string);
  'unitedStateId'?: (string);
  'status'?: (_fanout_v1_UniteScopeStatus);
  'generation'?: (number);
  'policy'?: (_fanout_v1_UnitePolicy | null);
  'counts'?: (_fanout_v1_UniteCounts | null);
  'sealed'?: (boolean);
  'deadline'?: (_google_protobuf_Timestamp | null);
  'next'?: (string);
  'missing'?: (_fanout_v1_MissingBranch)[];
  'reasons'?: (_fanout_v1_FailureReason)[];
}

export interface UniteScope__Output {
  'unitingIdentifier'?: (string);
  'unitingStateId'?: (string);
  'unitedIdentifier'?: (string);
  'unitedStateId'?: (string);
  'status'?: (_fanout_v1_UniteScopeStatus__Output);
  'generation'?: (number);
  'policy'?: (_fanout_v1_UnitePolicy__Output);
  'counts'?: (_fanout_v1_UniteCounts__Output);
  'sealed'?: (boolean);
  'deadline'?: (_google_protobuf_Timestamp__Output);
  'next'?: (string);
  'missing'?: (_fanout_v1_MissingBranch__Output)[];
  'reasons'?: (_fanout_v1_FailureReason__Output)[];
}
