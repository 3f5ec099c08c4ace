/** Labels of a run, value by key: at most 8. Keys have 1 to 63 bytes without `=`, values at most 255. */
export type Labels = Readonly<Record<string, string>>;

/** Kind of what starts a run: `trigger`, `call`, a slot of a cron trigger, or the end of another run. */
export type TriggerKind = 'API' | 'CALL' | 'CRON' | 'RUN_END';
