import type { ScheduleOverlap as _fanout_v1_ScheduleOverlap, ScheduleOverlap__Output as _fanout_v1_ScheduleOverlap__Output } from '../../fanout/v1/ScheduleOverlap.ts';
import type { ScheduleCatchUp as _fanout_v1_ScheduleCatchUp, ScheduleCatchUp__Output as _fanout_v1_ScheduleCatchUp__Output } from '../../fanout/v1/ScheduleCatchUp.ts';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { LastSlot as _fanout_v1_LastSlot, LastSlot__Output as _fanout_v1_LastSlot__Output } from '../../fanout/v1/LastSlot.ts';
import type { NextSlot as _fanout_v1_NextSlot, NextSlot__Output as _fanout_v1_NextSlot__Output } from '../../fanout/v1/NextSlot.ts';
import type { Backfill as _fanout_v1_Backfill, Backfill__Output as _fanout_v1_Backfill__Output } from '../../fanout/v1/Backfill.ts';
import type { Long } from '@grpc/proto-loader';

export interface Schedule {
  'namespace'?: (string);
  'graphName'?: (string);
  'graphVersion'?: (number | string | Long);
  'scheduleId'?: (string);
  'isNamed'?: (boolean);
  'position'?: (number);
  'cron'?: (string);
  'timeZone'?: (string);
  'overlap'?: (_fanout_v1_ScheduleOverlap);
  'catchUp'?: (_fanout_v1_ScheduleCatchUp);
  'jitter'?: (_google_protobuf_Duration | null);
  'pauseTime'?: (_google_protobuf_Timestamp | null);
  'lastSlot'?: (_fanout_v1_LastSlot | null);
  'nextSlots'?: (_fanout_v1_NextSlot)[];
  'backfill'?: (_fanout_v1_Backfill | null);
}

export interface Schedule__Output {
  'namespace'?: (string);
  'graphName'?: (string);
  'graphVersion'?: (number);
  'scheduleId'?: (string);
  'isNamed'?: (boolean);
  'position'?: (number);
  'cron'?: (string);
  'timeZone'?: (string);
  'overlap'?: (_fanout_v1_ScheduleOverlap__Output);
  'catchUp'?: (_fanout_v1_ScheduleCatchUp__Output);
  'jitter'?: (_google_protobuf_Duration__Output);
  'pauseTime'?: (_google_protobuf_Timestamp__Output);
  'lastSlot'?: (_fanout_v1_LastSlot__Output);
  'nextSlots'?: (_fanout_v1_NextSlot__Output)[];
  'backfill'?: (_fanout_v1_Backfill__Output);
}
