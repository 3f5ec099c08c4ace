import type { Schedule as _fanout_v1_Schedule, Schedule__Output as _fanout_v1_Schedule__Output } from '../../fanout/v1/Schedule.ts';

export interface ListSchedulesResponse {
  'schedules'?: (_fanout_v1_Schedule)[];
  'nextPageToken'?: (string);
}

export interface ListSchedulesResponse__Output {
  'schedules'?: (_fanout_v1_Schedule__Output)[];
  'nextPageToken'?: (string);
}
