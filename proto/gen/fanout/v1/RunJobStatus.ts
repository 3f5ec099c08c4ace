export const RunJobStatus = {
  RUN_JOB_STATUS_UNSPECIFIED: 'RUN_JOB_STATUS_UNSPECIFIED',
  RUN_JOB_STATUS_RUNNING: 'RUN_JOB_STATUS_RUNNING',
  RUN_JOB_STATUS_DONE: 'RUN_JOB_STATUS_DONE',
  RUN_JOB_STATUS_STOPPED: 'RUN_JOB_STATUS_STOPPED',
} as const;

export type RunJobStatus =
  | 'RUN_JOB_STATUS_UNSPECIFIED'
  | 0
  | 'RUN_JOB_STATUS_RUNNING'
  | 1
  | 'RUN_JOB_STATUS_DONE'
  | 2
  | 'RUN_JOB_STATUS_STOPPED'
  | 3

export type RunJobStatus__Output = typeof RunJobStatus[keyof typeof RunJobStatus]
