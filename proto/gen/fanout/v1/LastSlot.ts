import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { SlotOutcome as _fanout_v1_SlotOutcome, SlotOutcome__Output as _fanout_v1_SlotOutcome__Output } from '../../fanout/v1/SlotOutcome.ts';

export interface LastSlot {
  'slotTime'?: (_google_protobuf_Timestamp | null);
  'outcome'?: (_fanout_v1_SlotOutcome);
  'runId'?: (string);
  'caughtUp'?: (boolean);
}

export interface LastSlot__Output {
  'slotTime'?: (_google_protobuf_Timestamp__Output);
  'outcome'?: (_fanout_v1_SlotOutcome__Output);
  'runId'?: (string);
  'caughtUp'?: (boolean);
}
