import type { CronTrigger } from '../../domain/graph/triggers.ts';
import type { ScheduleTarget } from '../../domain/model/schedule.ts';
import { FanoutError } from '../../errors.ts';
import type { LoadedRuns, NewestGraph } from '../loaded/loaded-runs.ts';
import { graphNotFound } from '../loaded/not-found.ts';
import type { Schedule } from '../ports/triggers.ts';
import { cronTriggersById } from './ids.ts';

/** A schedule, with its trigger in the newest version of the graph. */
export interface FoundSchedule {
  readonly schedule: Schedule;
  readonly version: number;
  readonly trigger: CronTrigger;
  /** Place in the triggers of the template, from 0. */
  readonly position: number;
}

/** The schedules of a graph, by their places in the template. */
export function schedulesOf(
  namespace: string,
  graphName: string,
  { version, graph }: NewestGraph,
): FoundSchedule[] {
  const found = [...cronTriggersById(graph.triggers)].map(([id, trigger]) => ({
    schedule: { namespace, graphName, trigger: id },
    version,
    trigger,
    position: graph.triggers.indexOf(trigger),
  }));
  return found.sort((a, b) => a.position - b.position);
}

/** @throws FanoutError GRAPH_NOT_FOUND, SCHEDULE_NOT_FOUND */
export async function findSchedule(
  runs: LoadedRuns,
  { namespace, graphName, scheduleId }: ScheduleTarget,
): Promise<FoundSchedule> {
  const newest = await runs.newest(namespace, graphName);
  if (!newest) throw graphNotFound(namespace, graphName);
  const all = schedulesOf(namespace, graphName, newest);
  const ids = all.map(({ schedule }) => schedule.trigger);
  const [found, ...others] =
    scheduleId === '' ? all : all.filter(({ schedule }) => schedule.trigger === scheduleId);
  if (found && others.length === 0) return found;
  const has = ids.length === 0 ? 'no schedule' : `the schedules ${ids.join(', ')}`;
  throw new FanoutError(
    'SCHEDULE_NOT_FOUND',
    scheduleId === ''
      ? `graph "${graphName}" has ${has}, not one: ${ids.length === 0 ? 'give it a cron trigger' : 'say which in schedule_id'}`
      : `graph "${graphName}" has ${has}, and none with the id "${scheduleId}": list the schedules to see their ids`,
  );
}
