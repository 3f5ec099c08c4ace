export const TriggerKind = {
  TRIGGER_KIND_UNSPECIFIED: 'TRIGGER_KIND_UNSPECIFIED',
  TRIGGER_KIND_API: 'TRIGGER_KIND_API',
  TRIGGER_KIND_CALL: 'TRIGGER_KIND_CALL',
  TRIGGER_KIND_CRON: 'TRIGGER_KIND_CRON',
  TRIGGER_KIND_RUN_END: 'TRIGGER_KIND_RUN_END',
} as const;

export type TriggerKind =
  | 'TRIGGER_KIND_UNSPECIFIED'
  | 0
  | 'TRIGGER_KIND_API'
  | 1
  | 'TRIGGER_KIND_CALL'
  | 2
  | 'TRIGGER_KIND_CRON'
  | 3
  | 'TRIGGER_KIND_RUN_END'
  | 4

export type TriggerKind__Output = typeof TriggerKind[keyof typeof TriggerKind]
