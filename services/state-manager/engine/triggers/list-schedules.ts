import type { Page } from '../../domain/model/page.ts';
import type { ScheduleView } from '../../domain/model/schedule.ts';
import { FanoutError } from '../../errors.ts';
import { Slice } from '../../take-turns.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import { graphNotFound } from '../loaded/not-found.ts';
import type { PageRequest } from '../ports/api.ts';
import type { ScheduleStanding, ScheduleStorage } from '../ports/schedules.ts';
import type { CronClock } from '../ports/triggers.ts';
import { type FoundSchedule, schedulesOf } from './find-schedule.ts';
import { slotsOf } from './schedule-slots.ts';

interface Parts {
  readonly storage: ScheduleStorage;
  readonly runs: LoadedRuns;
  readonly clock: CronClock;
}

/** A graph, and how many of its schedules earlier pages had. */
interface Place {
  readonly graphName: string;
  readonly listed: number;
}

/** More schedules than any graph has. */
const allListed = 99;

/**
 * A page of the schedules of a namespace, or of one graph.
 * @param filter.graphName empty: of all graphs
 * @throws FanoutError GRAPH_NOT_FOUND, PAGE_TOKEN_INVALID
 */
export async function listSchedules(
  parts: Parts,
  namespace: string,
  filter: { readonly graphName: string; readonly nextSlots: number },
  page: PageRequest,
): Promise<Page<ScheduleView>> {
  const { found, next } = await findPage(parts, namespace, filter.graphName, page);
  const [now, standings] = await Promise.all([
    parts.storage.now(),
    parts.storage.standings(found.map(({ schedule }) => schedule)),
  ]);
  const slice = new Slice();
  const items: ScheduleView[] = [];
  for (const [i, one] of found.entries()) {
    while (slice.isOver) await slice.next();
    items.push({
      ...viewOf(one, standings[i]!),
      nextSlots: nextSlots(parts.clock, one, now, filter.nextSlots),
    });
  }
  return next ? { items, nextPageToken: tokenOf(next) } : { items };
}

async function findPage(
  { storage, runs }: Parts,
  namespace: string,
  graphName: string,
  { pageSize, pageToken }: PageRequest,
): Promise<{ found: FoundSchedule[]; next: Place | undefined }> {
  const begun = pageToken === '' ? undefined : readToken(pageToken);
  const found: FoundSchedule[] = [];
  /** Takes what has room of a graph's schedules. @returns where to go on; undefined: behind this graph */
  const take = async (name: string, from: number): Promise<Place | undefined> => {
    const newest = await runs.newest(namespace, name);
    if (!newest && name === graphName) throw graphNotFound(namespace, name);
    const all = newest ? schedulesOf(namespace, name, newest).slice(from) : [];
    const taken = all.slice(0, pageSize - found.length);
    found.push(...taken);
    return taken.length < all.length ? { graphName: name, listed: from + taken.length } : undefined;
  };

  if (graphName !== '') return { found, next: await take(graphName, begun?.listed ?? 0) };
  // Those of the graph in whose middle the page before ended.
  const rest = begun && begun.listed < allListed ? await take(begun.graphName, begun.listed) : undefined;
  if (rest) return { found, next: rest };
  const graphs = await storage.scheduledGraphs(namespace, { pageSize, pageToken: begun?.graphName ?? '' });
  for (const name of graphs.items) {
    const place = await take(name, 0);
    if (place) return { found, next: place };
  }
  const last = graphs.nextPageToken;
  return { found, next: last === undefined ? undefined : { graphName: last, listed: allListed } };
}

/** @throws FanoutError PAGE_TOKEN_INVALID */
function readToken(token: string): Place {
  const [, graphName, listed] = /^([A-Za-z0-9_.-]{1,128}):(\d{1,2})$/.exec(token) ?? [];
  if (graphName !== undefined) return { graphName, listed: Number(listed) };
  const description = 'page_token is not a token of this list: pass on the one that the page before gave';
  throw new FanoutError('PAGE_TOKEN_INVALID', description, {
    violations: [{ path: 'page_token', code: 'PAGE_TOKEN_INVALID', description }],
  });
}

function tokenOf({ graphName, listed }: Place): string {
  return `${graphName}:${listed}`;
}

function viewOf(
  { schedule, version, trigger, position }: FoundSchedule,
  standing: ScheduleStanding,
): Omit<ScheduleView, 'nextSlots'> {
  const { namespace, graphName, trigger: scheduleId } = schedule;
  const { name, cron, timeZone, overlap, catchUp, jitterMs } = trigger;
  return {
    ...{ namespace, graphName, graphVersion: version, scheduleId, isNamed: name !== undefined, position },
    ...{ cron, timeZone, overlap, catchUp, jitterMs },
    ...standing,
  };
}

function nextSlots(
  clock: CronClock,
  { schedule, trigger }: FoundSchedule,
  now: number,
  count: number,
): { slotAt: number; startAt: number }[] {
  const { nextStart, slotOf } = slotsOf(clock, schedule, trigger);
  const slots: { slotAt: number; startAt: number }[] = [];
  let startAt = nextStart(now);
  while (startAt !== undefined && slots.length < count) {
    slots.push({ slotAt: slotOf(startAt), startAt });
    startAt = nextStart(startAt);
  }
  return slots;
}
