import { createHash } from 'node:crypto';
import type { TriggerSource } from '../../domain/graph/triggers.ts';

/**
 * The cron triggers of a graph by their names. One without a name has an id that stays as long as cron expression and time
 * zone do, whatever else a new version changes; equal ones are numbered. No name has a dot, such an id has.
 */
export function cronTriggersById<T extends TriggerSource>(
  triggers: readonly T[],
): Map<string, T & { kind: 'cron' }> {
  const byId = new Map<string, T & { kind: 'cron' }>();
  for (const trigger of triggers) {
    if (!isCron(trigger)) continue;
    if (trigger.name !== undefined) {
      byId.set(trigger.name, trigger);
      continue;
    }
    const text = JSON.stringify([trigger.cron, trigger.timeZone]);
    const hash = shortHash(text);
    let number = 0;
    while (byId.has(`${hash}.${number}`)) number++;
    byId.set(`${hash}.${number}`, trigger);
  }
  return byId;
}

/** Short text of what says when a trigger has slots, and when they start runs: with another form a schedule begins anew. */
export function formOf({ cron, timeZone, jitterMs = 0 }: TriggerSource & { kind: 'cron' }): string {
  return shortHash(JSON.stringify([cron, timeZone, jitterMs]));
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
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
