import type { Redis } from 'ioredis';
import type { Page } from '../../domain/model/page.ts';
import type { RunFilter, RunSummary } from '../../domain/model/run.ts';
import { FanoutError } from '../../errors.ts';
import { runCommands } from '../connection/commands.ts';
import type { Keys } from '../layout/keys.ts';
import { noLabels, readSummary, summaryFields } from '../layout/run-head.ts';
import { type FailureSearch, findFailures } from './find-failures.ts';

/** Runs that one page looks at: what a filter leaves out costs no more than this. */
const runsPerPage = 5_000;
/** Runs that one read asks for. */
const runsPerRead = 500;

/** A run by its place in the list, the newest first. */
interface Place {
  readonly createdAt: number;
  readonly runId: string;
}

/** The place behind which a page begins. `failuresFrom`: at the run itself, whose failures are looked at from a state on. */
interface Start extends Place {
  readonly failuresFrom?: number;
}

/**
 * Lists runs of a namespace, the newest first. Of those with labels it reads the shortest of their indexes, and looks at the
 * rest of the filter in what it finds.
 */
export async function listRuns(
  redis: Redis,
  keys: Keys,
  namespace: string,
  filter: RunFilter,
  { pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string },
): Promise<Page<RunSummary>> {
  const shards = Array.from({ length: keys.shards }, (_, shard) => shard);
  const indexes = await Promise.all(
    shards.map((shard) => shortestIndex(redis, keys, shard, namespace, filter)),
  );
  const items: RunSummary[] = [];
  const search: FailureSearch = { redis, keys, code: filter.errorCode ?? '', left: runsPerPage };
  let start = pageToken === '' ? undefined : readRunToken(pageToken);
  // As many as are wanted, then more at a time: a filter may leave out few of them, or nearly all.
  let atMost = Math.min(pageSize, runsPerRead);
  for (let looked = 0; looked < runsPerPage; ) {
    const places = await newestOf(redis, indexes, filter, start, atMost);
    const summaries = await readSummaries(redis, keys, places);
    const matching = summaries.filter((run) => run !== undefined && matches(run, filter)) as RunSummary[];
    const taken = matching.slice(0, pageSize - items.length);
    if (filter.errorCode === undefined) items.push(...taken);
    else {
      const found = await findFailures(search, taken, start?.failuresFrom === undefined ? undefined : start);
      items.push(...found.runs);
      if (found.next) return { items, nextPageToken: tokenOf(found.next) };
    }
    const last = taken.length < matching.length ? taken.at(-1) : places.at(-1);
    const isEnd = places.length < atMost && taken.length === matching.length;
    if (isEnd || !last) return { items };
    start = { createdAt: last.createdAt, runId: last.runId };
    if (items.length === pageSize) break;
    looked += places.length;
    atMost = Math.min(2 * atMost, runsPerRead);
  }
  return start ? { items, nextPageToken: tokenOf(start) } : { items };
}

/** The set of a shard that has the runs: all of the namespace, or those with that label which the fewest have. */
async function shortestIndex(
  redis: Redis,
  keys: Keys,
  shard: number,
  namespace: string,
  { labels = noLabels }: RunFilter,
): Promise<string> {
  const indexes = [...labels].map((label) => keys.labelled(shard, namespace, label));
  if (indexes.length === 0) return keys.runs(shard, namespace);
  if (indexes.length === 1) return indexes[0]!;
  const sizes = await runCommands(
    redis,
    indexes.map((key) => ['zcard', key]),
  );
  return indexes[sizes.indexOf(Math.min(...(sizes as number[])))]!;
}

function matches(
  run: RunSummary,
  { graphName, status, labels = noLabels, triggerKinds }: RunFilter,
): boolean {
  return (
    (!graphName || run.graphName === graphName) &&
    (!status || run.status === status) &&
    (!triggerKinds || triggerKinds.includes(run.triggerKind)) &&
    [...labels].every(([key, value]) => run.labels.get(key) === value)
  );
}

async function readSummaries(
  redis: Redis,
  keys: Keys,
  places: readonly Place[],
): Promise<(RunSummary | undefined)[]> {
  const rows = await runCommands(
    redis,
    places.map(({ runId }) => ['hmget', keys.run(runId), ...summaryFields]),
  );
  return (rows as (string | null)[][]).map((row, i) => readSummary(places[i]!.runId, row));
}

/** The newest runs of several sets. */
async function newestOf(
  redis: Redis,
  indexes: readonly string[],
  filter: RunFilter,
  start: Start | undefined,
  atMost: number,
): Promise<Place[]> {
  const lists = await Promise.all(indexes.map((index) => newestIn(redis, index, filter, start, atMost)));
  return lists.flat().sort(newestFirst).slice(0, atMost);
}

async function newestIn(
  redis: Redis,
  index: string,
  { triggeredFrom, triggeredBefore }: RunFilter,
  start: Start | undefined,
  atMost: number,
): Promise<Place[]> {
  const found: Place[] = [];
  const min = triggeredFrom === undefined ? '-inf' : String(triggeredFrom);
  const newest = triggeredBefore === undefined ? '+inf' : `(${triggeredBefore}`;
  const max = start ? String(start.createdAt) : newest;
  // Runs of the same millisecond are told apart by their ids, which the score does not hold.
  for (let offset = 0; found.length < atMost; offset += atMost) {
    const flat = await redis.zrevrangebyscore(index, max, min, 'WITHSCORES', 'LIMIT', offset, atMost);
    for (let i = 0; i < flat.length; i += 2) {
      const place = { runId: flat[i]!, createdAt: Number(flat[i + 1]) };
      if (!start || isBehind(place, start)) found.push(place);
    }
    if (flat.length < 2 * atMost) break;
  }
  return found;
}

function isBehind(place: Place, start: Start): boolean {
  const order = newestFirst(start, place);
  return order < 0 || (order === 0 && start.failuresFrom !== undefined);
}

function newestFirst(left: Place, right: Place): number {
  return (
    right.createdAt - left.createdAt || (left.runId < right.runId ? 1 : left.runId > right.runId ? -1 : 0)
  );
}

function tokenOf({ createdAt, runId, failuresFrom }: Start): string {
  return `${createdAt}:${runId}${failuresFrom === undefined ? '' : `:${failuresFrom}`}`;
}

function readRunToken(pageToken: string): Start {
  const [, createdAt, runId, from] =
    /^(\d{1,15}):([A-Za-z0-9_.-]{1,128})(?::(\d{1,15}))?$/.exec(pageToken) ?? [];
  if (runId === undefined) {
    throw new FanoutError(
      'PAGE_TOKEN_INVALID',
      'page_token is not one that this list gave: start again without it',
    );
  }
  const place = { createdAt: Number(createdAt), runId };
  return from === undefined ? place : { ...place, failuresFrom: Number(from) };
}
