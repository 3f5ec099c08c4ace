export const ScheduleCatchUp = {
  SCHEDULE_CATCH_UP_UNSPECIFIED: 'SCHEDULE_CATCH_UP_UNSPECIFIED',
  SCHEDULE_CATCH_UP_NONE: 'SCHEDULE_CATCH_UP_NONE',
  SCHEDULE_CATCH_UP_LAST: 'SCHEDULE_CATCH_UP_LAST',
  SCHEDULE_CATCH_UP_ALL: 'SCHEDULE_CATCH_UP_ALL',
} as const;

export type ScheduleCatchUp =
  | 'SCHEDULE_CATCH_UP_UNSPECIFIED'
  | 0
  | 'SCHEDULE_CATCH_UP_NONE'
  | 1
  | 'SCHEDULE_CATCH_UP_LAST'
  | 2
  | 'SCHEDULE_CATCH_UP_ALL'
  | 3

export type ScheduleCatchUp__Output = typeof ScheduleCatchUp[keyof typeof ScheduleCatchUp]
