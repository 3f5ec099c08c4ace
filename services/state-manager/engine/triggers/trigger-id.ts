import { createHash } from 'node:crypto';
import type { CronTrigger, GraphTrigger } from '../../domain/graph/triggers.ts';

/**
 * The cron triggers of a graph by an id that stays as long as cron expression and time zone do, whatever else a new
 * version changes. Equal ones are numbered.
 */
export function cronTriggersById(triggers: readonly GraphTrigger[]): Map<string, CronTrigger> {
  const byId = new Map<string, CronTrigger>();
  for (const trigger of triggers) {
    if (trigger.kind !== 'cron') continue;
    const text = JSON.stringify([trigger.cron, trigger.timeZone]);
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
    let number = 0;
    while (byId.has(`${hash}.${number}`)) number++;
    byId.set(`${hash}.${number}`, trigger);
  }
  return byId;
}
