import { createHash } from 'node:crypto';
import type { TriggerSource } from '../../domain/graph/triggers.ts';

/**
 * The cron triggers of a graph by an id that stays as long as cron expression and time zone do, whatever else a new
 * version changes. Equal ones are numbered.
 */
export function cronTriggersById<T extends TriggerSource>(
  triggers: readonly T[],
): Map<string, T & { kind: 'cron' }> {
  const byId = new Map<string, T & { kind: 'cron' }>();
  for (const trigger of triggers) {
    if (!isCron(trigger)) continue;
    const text = JSON.stringify([trigger.cron, trigger.timeZone]);
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
    let number = 0;
    while (byId.has(`${hash}.${number}`)) number++;
    byId.set(`${hash}.${number}`, trigger);
  }
  return byId;
}

function isCron<T extends TriggerSource>(trigger: T): trigger is T & { kind: 'cron' } {
  return trigger.kind === 'cron';
}

/**
 * An id made of what a run is started by: the same gives the same run, so looking up and creating are one step. It is a
 * UUID of version 8. The package `uuid` derives version 5 of a name, with SHA-1, and would be a dependency for two lines.
 */
export function derivedId(...parts: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
