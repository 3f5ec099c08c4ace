export const RunJobAction = {
  RUN_JOB_ACTION_UNSPECIFIED: 'RUN_JOB_ACTION_UNSPECIFIED',
  RUN_JOB_ACTION_CANCEL: 'RUN_JOB_ACTION_CANCEL',
  RUN_JOB_ACTION_RETRY: 'RUN_JOB_ACTION_RETRY',
  RUN_JOB_ACTION_DELETE: 'RUN_JOB_ACTION_DELETE',
} as const;

export type RunJobAction =
  | 'RUN_JOB_ACTION_UNSPECIFIED'
  | 0
  | 'RUN_JOB_ACTION_CANCEL'
  | 1
  | 'RUN_JOB_ACTION_RETRY'
  | 2
  | 'RUN_JOB_ACTION_DELETE'
  | 3

export type RunJobAction__Output = typeof RunJobAction[keyof typeof RunJobAction]
