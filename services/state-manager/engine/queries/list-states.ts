import { nodeAt } from '../../domain/graph/graph.ts';
import type { Page } from '../../domain/model/page.ts';
import type { State, StateFilter } from '../../domain/model/state.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import { FanoutError } from '../../errors.ts';
import type { PageRequest } from '../ports/api.ts';
import type { LoadedRun, RunView } from '../ports/loaded-run.ts';
import type { FailedFilter } from '../ports/run-lists.ts';
import { itemsPerRead, type RunReader } from '../ports/run-reader.ts';
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

/** Records that one page looks at: what a filter leaves out costs no more than this. */
const recordsPerPage = 5_000;

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
  const from = readToken(pageToken);
  if (hasNone(run, view, filter)) return { items: [] };
  const { status } = filter;
  const isFirst = pageToken === '';
  const found =
    filter.order === 'SLOWEST'
      ? await slowestRows(storage.runs, run, filter, isFirst ? undefined : from, pageSize)
      : status === 'ERRORED' || status === 'RETRY_CREATED'
        ? await failedRows(storage.runs, run, { ...filter, status }, from, pageSize)
        : await rowsInOrder(storage.runs, run, view.lastState, filter, from, pageSize);
  const { rows, next } = await withinBytes(storage.runs, run, found, maxBytes);
  const items = await describeStates(storage, run, rows);
  return next ? { items, nextPageToken: `${next.state}.${next.sibling}` } : { items };
}

/** True if the counts of the run have no state of the status that is asked for. */
function hasNone(
  { graph }: LoadedRun,
  view: RunView,
  { identifier, status, includeSuperseded }: StateFilter,
): boolean {
  if (!status) return false;
  const nodes = identifier ? graph.nodes.filter((node) => node.identifier === identifier) : graph.nodes;
  return nodes.every(
    ({ index }) =>
      view.count(index, status) === 0 && !(includeSuperseded === true && view.superseded(index) > 0),
  );
}

/** Finds states of a status that is listed by itself: no others are looked at. */
async function failedRows(
  storage: StateSource['runs'],
  run: LoadedRun,
  filter: StateFilter & FailedFilter,
  { state, sibling }: Place,
  pageSize: number,
): Promise<Rows> {
  const rows: Row[] = [];
  // Siblings have done their part: of a fan-out only the state that emits can fail.
  let from = sibling > 0 ? state + 1 : state;
  for (let looked = 0; looked < recordsPerPage; looked += itemsPerRead) {
    const numbers = await storage.failedStates(run.runId, filter, { from, atMost: itemsPerRead });
    const [records, failures] = await Promise.all([
      storage.records(run.runId, numbers),
      filter.errorCode === undefined ? [] : storage.failures(run.runId, numbers),
    ]);
    for (const [i, record] of records.entries()) {
      const number = numbers[i]!;
      if (filter.errorCode !== undefined && failures[i]?.code !== filter.errorCode) continue;
      if (rows.length === pageSize) return { rows, next: { state: number, sibling: 0 } };
      // It may have been retried, or superseded, since its number was read.
      if (record?.status === filter.status && isOf(run, record, filter))
        rows.push({ state: number, sibling: 0, record });
    }
    if (numbers.length < itemsPerRead) return { rows };
    from = numbers.at(-1)! + 1;
  }
  return { rows, next: { state: from, sibling: 0 } };
}

/** Finds states of any other status among all there are. */
async function rowsInOrder(
  storage: StateSource['runs'],
  run: LoadedRun,
  lastState: number,
  filter: StateFilter,
  from: Place,
  pageSize: number,
): Promise<Rows> {
  const rows: Row[] = [];
  let { state, sibling } = from;
  const lastLooked = Math.min(lastState, state + recordsPerPage - 1);
  while (rows.length < pageSize && state <= lastLooked) {
    const numbers = Array.from(
      { length: Math.min(itemsPerRead, lastLooked - state + 1) },
      (_, i) => state + i,
    );
    const records = await storage.records(run.runId, numbers);
    for (const [i, record] of records.entries()) {
      state = numbers[i]!;
      const width = record && isOf(run, record, filter) ? siblingsOf(record) : 0;
      while (record && sibling < width && rows.length < pageSize) {
        if (!filter.status || statusAt(record, sibling) === filter.status)
          rows.push({ state, sibling, record });
        else if (sibling > 0) break;
        sibling++;
      }
      if (sibling < width && rows.length === pageSize) break;
      state++;
      sibling = 0;
      if (rows.length === pageSize) break;
    }
  }
  return state <= lastState ? { rows, next: { state, sibling } } : { rows };
}

/** True if a state is asked for, whatever its status: what is superseded has left the counts by status, and their lists. */
function isOf(
  run: LoadedRun,
  { standing, isSuperseded }: StateRecord,
  { identifier, status, includeSuperseded }: StateFilter,
): boolean {
  if (isSuperseded && status && !includeSuperseded) return false;
  return !identifier || nodeAt(run.graph, standing.node).identifier === identifier;
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

function readToken(pageToken: string): Place {
  if (pageToken === '') return { state: 1, sibling: 0 };
  const [, state, sibling] = /^(\d{1,15})\.(\d{1,15})$/.exec(pageToken) ?? [];
  if (state === undefined || Number(state) === 0) {
    throw new FanoutError(
      'PAGE_TOKEN_INVALID',
      'page_token is not one that this list gave: start again without it',
    );
  }
  return { state: Number(state), sibling: Number(sibling) };
}
