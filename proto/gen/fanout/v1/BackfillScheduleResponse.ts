import type { Backfill as _fanout_v1_Backfill, Backfill__Output as _fanout_v1_Backfill__Output } from '../../fanout/v1/Backfill.ts';

export interface BackfillScheduleResponse {
  'backfill'?: (_fanout_v1_Backfill | null);
}

export interface BackfillScheduleResponse__Output {
  'backfill'?: (_fanout_v1_Backfill__Output);
}
