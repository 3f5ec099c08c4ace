import type { TriggerSource } from '../../domain/graph/triggers.ts';
import type { FieldViolation } from '../../errors.ts';
import type { CatalogStorage } from '../ports/catalog.ts';
import type { CronClock, NewTriggers, TriggerStorage } from '../ports/triggers.ts';
import { cronTriggersById, formOf } from './ids.ts';
import { slotsOf } from './schedule-slots.ts';

/** The triggers that a new version of a graph puts in place of the triggers of the one before. */
export async function newTriggers(
  storage: TriggerStorage,
  clock: CronClock,
  { namespace, name: graphName }: { readonly namespace: string; readonly name: string },
  triggers: readonly TriggerSource[],
): Promise<NewTriggers> {
  if (triggers.length === 0) return { schedules: [], after: [] };
  const now = await storage.now();
  const schedules = [...cronTriggersById(triggers)].flatMap(([trigger, source]) => {
    const firstAt = slotsOf(clock, { namespace, graphName, trigger }, source).nextStart(now);
    return firstAt === undefined ? [] : [{ trigger, form: formOf(source), firstAt }];
  });
  const after = triggers.flatMap((trigger) => (trigger.kind === 'after' ? [trigger.graph] : []));
  return { schedules, after: [...new Set(after)] };
}

/** Graphs and those that they start may be stored in any order, so one that is missing is a warning. */
export async function missingGraphs(
  catalog: CatalogStorage,
  namespace: string,
  triggers: readonly TriggerSource[],
): Promise<FieldViolation[]> {
  const warnings: FieldViolation[] = [];
  for (const [index, trigger] of triggers.entries()) {
    if (trigger.kind !== 'after' || (await catalog.latestVersion(namespace, trigger.graph))) continue;
    warnings.push({
      path: `$.triggers[${index}].after.graph`,
      code: 'UNKNOWN_GRAPH',
      description: `there is no graph "${trigger.graph}" in namespace "${namespace}" yet: this one starts when runs of it end, so store it, too`,
    });
  }
  return warnings;
}
