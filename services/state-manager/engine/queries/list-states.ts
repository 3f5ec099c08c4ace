import { nodeAt } from '../../domain/graph/graph.ts';
import type { Page } from '../../domain/model/page.ts';
import type { State, StateFilter } from '../../domain/model/state.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import { FanoutError } from '../../errors.ts';
import type { PageRequest } from '../ports/api.ts';
import type { LoadedRun, RunView } from '../ports/loaded-run.ts';
import type { FailedStatus } from '../ports/run-lists.ts';
import { itemsPerRead, type RunReader } from '../ports/run-reader.ts';
import { ancestorsOf } from '../tree/ancestors.ts';
import { labelsOf } from '../tree/labels-of-states.ts';
import {
  describeStates,
  outputOf,
  type Place,
  type Row,
  type Rows,
  type StateSource,
  siblingsOf,
  statusAt,
} from './describe-states.ts';
import { slowestRows } from './slowest-states.ts';

/** Records, and siblings of them, that one page looks at: what a filter leaves out costs no more than this. */
const recordsPerPage = 5_000;
/** Place behind every sibling of a state: a list that has the newest first begins with it. */
const lastSibling = 999_999_999_999_999;

/** Rows of one read, and the number of records and siblings that it has looked at. */
interface Read extends Rows {
  readonly looked: number;
}

/**
 * Lists the states of a run in the order of their numbers, or the slowest ones; each sibling of a fan-out is a state of its own.
 * @param view of the run, from before
 */
export async function listStates(
  storage: StateSource,
  run: LoadedRun,
  view: RunView,
  filter: StateFilter,
  { pageSize, pageToken, maxBytes = Number.POSITIVE_INFINITY }: PageRequest,
): Promise<Page<State>> {
  const first = isNewestFirst(filter)
    ? { state: view.lastState, sibling: lastSibling }
    : { state: 1, sibling: 0 };
  const from = readToken(pageToken, first);
  if (hasNone(run, view, filter)) return { items: [] };
  if (filter.order === 'SLOWEST') {
    const slowest = await slowestRows(
      storage.runs,
      run,
      filter,
      pageToken === '' ? undefined : from,
      pageSize,
    );
    return describePage(storage, run, slowest, maxBytes);
  }
  const isNarrow = filter.below !== undefined || filter.label !== undefined;
  const kept: Row[] = [];
  let next: Place | undefined = from;
  for (let looked = 0; next && kept.length < pageSize && looked < recordsPerPage; ) {
    const atMost = isNarrow ? itemsPerRead : pageSize - kept.length;
    const read = await readRows(storage.runs, run, view.lastState, filter, next, atMost);
    const rows = isNarrow ? await narrowed(storage.runs, run, filter, read.rows) : read.rows;
    const behind = rows[pageSize - kept.length];
    kept.push(...rows.slice(0, pageSize - kept.length));
    next = behind ?? read.next;
    looked += read.looked;
  }
  return describePage(storage, run, next ? { rows: kept, next } : { rows: kept }, maxBytes);
}

/** The states of some rows, as far as their bytes go. */
async function describePage(
  storage: StateSource,
  run: LoadedRun,
  found: Rows,
  maxBytes: number,
): Promise<Page<State>> {
  const { rows, next } = await withinBytes(storage.runs, run, found, maxBytes);
  const items = await describeStates(storage, run, rows);
  return next ? { items, nextPageToken: `${next.state}.${next.sibling}` } : { items };
}

/** True if the counts of the run have no state of the statuses that are asked for. */
function hasNone(
  { graph }: LoadedRun,
  view: RunView,
  { identifier, statuses, includeSuperseded }: StateFilter,
): boolean {
  if (!statuses) return false;
  const nodes = identifier ? graph.nodes.filter((node) => node.identifier === identifier) : graph.nodes;
  return nodes.every(
    ({ index }) =>
      statuses.every((status) => view.count(index, status) === 0) &&
      !(includeSuperseded === true && view.superseded(index) > 0),
  );
}

function readRows(
  storage: StateSource['runs'],
  run: LoadedRun,
  lastState: number,
  filter: StateFilter,
  from: Place,
  atMost: number,
): Promise<Read> {
  const failed = filter.statuses?.filter((status) => status === 'ERRORED' || status === 'RETRY_CREATED');
  return failed && failed.length === filter.statuses?.length
    ? failedRows(storage, run, filter, failed, from, atMost)
    : rowsInOrder(storage, run, lastState, filter, from, atMost);
}

/** Finds states of statuses that are listed by themselves: no others are looked at. */
async function failedRows(
  storage: StateSource['runs'],
  run: LoadedRun,
  filter: StateFilter,
  statuses: readonly FailedStatus[],
  { state, sibling }: Place,
  atMost: number,
): Promise<Read> {
  const { includeSuperseded, errorCode } = filter;
  const isDown = isNewestFirst(filter);
  const step = isDown ? -1 : 1;
  // Siblings have done their part: of a fan-out only the state that emits can fail.
  const from = !isDown && sibling > 0 ? state + 1 : state;
  const page = { from, atMost: itemsPerRead, isNewestFirst: isDown };
  const lists = await Promise.all(
    statuses.map((status) => storage.failedStates(run.runId, { status, includeSuperseded }, page)),
  );
  const numbers = [...new Set(lists.flat())]
    .sort((left, right) => step * (left - right))
    .slice(0, itemsPerRead);
  const [records, failures] = await Promise.all([
    storage.records(run.runId, numbers),
    errorCode === undefined ? [] : storage.failures(run.runId, numbers),
  ]);
  const rows: Row[] = [];
  const looked = Math.max(1, numbers.length);
  for (const [i, record] of records.entries()) {
    const number = numbers[i]!;
    if (errorCode !== undefined && failures[i]?.code !== errorCode) continue;
    // It may have been retried, or superseded, since its number was read.
    if (!record || !isOf(run, record, filter) || !statuses.some((status) => status === record.status))
      continue;
    if (rows.length === atMost) return { rows, next: placeOf(number, isDown), looked };
    rows.push({ state: number, sibling: 0, record });
  }
  if (numbers.length < itemsPerRead) return { rows, looked };
  return { rows, next: placeOf(numbers.at(-1)! + step, isDown), looked };
}

function isNewestFirst({ order }: StateFilter): boolean {
  return order === 'NEWEST_FIRST';
}

/** The place at which a list comes to a state. */
function placeOf(state: number, isDown: boolean): Place {
  return { state, sibling: isDown ? lastSibling : 0 };
}

/** Finds states of any other status among all there are. */
async function rowsInOrder(
  storage: StateSource['runs'],
  run: LoadedRun,
  lastState: number,
  filter: StateFilter,
  from: Place,
  atMost: number,
): Promise<Read> {
  const { statuses } = filter;
  const isDown = isNewestFirst(filter);
  const step = isDown ? -1 : 1;
  const left = isDown ? from.state : lastState - from.state + 1;
  const numbers = Array.from(
    { length: Math.max(0, Math.min(itemsPerRead, left)) },
    (_, i) => from.state + step * i,
  );
  const records = await storage.records(run.runId, numbers);
  const rows: Row[] = [];
  for (const [i, record] of records.entries()) {
    const state = numbers[i]!;
    const width = record && isOf(run, record, filter) ? siblingsOf(record) : 0;
    const begin = state === from.state ? from.sibling : placeOf(state, isDown).sibling;
    for (
      let sibling = Math.min(begin, isDown ? width - 1 : width);
      record && sibling >= 0 && sibling < width;
      sibling += step
    ) {
      const isWanted = !statuses || statuses.includes(statusAt(record, sibling));
      if (isWanted && rows.length === atMost)
        return { rows, next: { state, sibling }, looked: i + rows.length };
      if (isWanted) rows.push({ state, sibling, record });
      // All siblings of a state have one status.
      else if (sibling > 0 && !isDown) break;
      else if (sibling > 1) sibling = 1;
    }
  }
  const looked = Math.max(numbers.length, rows.length);
  const next = from.state + step * numbers.length;
  const isEnd = numbers.length === 0 || next < 1 || next > lastState;
  return isEnd ? { rows, looked } : { rows, next: placeOf(next, isDown), looked };
}

/** True if a state is asked for, whatever its status: what is superseded has left the counts by status, and their lists. */
function isOf(
  run: LoadedRun,
  { standing, isSuperseded }: StateRecord,
  { identifier, statuses, includeSuperseded }: StateFilter,
): boolean {
  if (isSuperseded && statuses && !includeSuperseded) return false;
  return !identifier || nodeAt(run.graph, standing.node).identifier === identifier;
}

/** The rows that stand below a state, and whose labels begin as they should. */
async function narrowed(
  storage: RunReader,
  run: LoadedRun,
  { below, label }: StateFilter,
  rows: readonly Row[],
): Promise<readonly Row[]> {
  const ways = await ancestorsOf(
    storage,
    run,
    rows.map(({ record }) => record),
  );
  const labels =
    label === undefined
      ? []
      : await labelsOf(
          storage,
          run,
          rows.map((row, i) => [outputOf(row), ...ways[i]!.outputs]),
        );
  return rows.filter(
    (_, i) =>
      (below === undefined || Object.values(ways[i]!.parents).includes(below)) &&
      (label === undefined || labels[i]?.startsWith(label) === true),
  );
}

/** The rows whose outputs come to no more than so many bytes, at least one: their sizes are read before they are. */
async function withinBytes(
  storage: RunReader,
  run: LoadedRun,
  { rows, next }: Rows,
  maxBytes: number,
): Promise<Rows> {
  const sizes = await storage.outputBytes(run.runId, rows.map(outputOf));
  let bytes = 0;
  const first = sizes.findIndex((size) => {
    bytes += size;
    return bytes > maxBytes;
  });
  if (first < 0) return next ? { rows, next } : { rows };
  const taken = rows.slice(0, Math.max(1, first));
  const behind = rows[taken.length] ?? next;
  return behind ? { rows: taken, next: behind } : { rows: taken };
}

function readToken(pageToken: string, first: Place): Place {
  if (pageToken === '') return first;
  const [, state, sibling] = /^(\d{1,15})\.(\d{1,15})$/.exec(pageToken) ?? [];
  if (state === undefined || Number(state) === 0) {
    throw new FanoutError(
      'PAGE_TOKEN_INVALID',
      'page_token is not one that this list gave: start again without it',
    );
  }
  return { state: Number(state), sibling: Number(sibling) };
}
