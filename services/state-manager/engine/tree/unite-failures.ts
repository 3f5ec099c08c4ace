/** The list `unite.failures` of a uniting state: in pages however long it is, or the first of it, cut, at once. */
import { nodeAt, unitesAt } from '../../domain/graph/graph.ts';
import { cutText } from '../../domain/json/json.ts';
import type { UniteFailure } from '../../domain/model/unite.ts';
import type { ScopeRecord } from '../../domain/run/scope-record.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import { FanoutError } from '../../errors.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { CountedFailure, RunReader } from '../ports/run-reader.ts';
import { ancestorsOf } from './ancestors.ts';
import { countedFailures } from './counted-failures.ts';
import { failuresOf } from './failures-of-states.ts';
import { isLastOf, scopeUnitedBy } from './uniting-states.ts';

/** Failures that are read at once: a message may have thousands of bytes. */
const failuresPerRead = 100;
/** Failures that are only counted, at once. */
const countedPerRead = 500;
/** Failures that a list which is handed over whole has at most, and characters of their messages. */
const maxWhole = 1_000;
const maxMessage = 256;

/** One failure, its JSON, and its place in the list. */
export interface FailureItem {
  readonly json: string;
  readonly failure: UniteFailure;
  readonly place: CountedFailure;
}

/**
 * Reads the failures that a uniting state is told, by branch, page by page: memory stays bounded however many there
 * are. @throws FanoutError PAGE_TOKEN_INVALID
 */
export async function* failureItems(
  storage: RunReader,
  run: LoadedRun,
  record: StateRecord,
  pageToken = '',
): AsyncGenerator<FailureItem[]> {
  const after = pageToken === '' ? undefined : readFailureToken(pageToken);
  const [scope] = await storage.scopes(run.runId, [scopeUnitedBy(record)]);
  if (!scope || !tellsFailures(run, scope, record)) return;
  for await (const page of countedFailures(storage, run, scope, { after, perRead: failuresPerRead }))
    yield await described(storage, run, page);
}

/** The part of the failures that fits into a list which is handed over whole. */
export interface WholeFailures {
  readonly failures: readonly UniteFailure[];
  /** The number of failures beside these; 0 if it was not asked for. */
  readonly leftOut: number;
}

/**
 * Reads the first failures, with messages cut.
 * @param maxBytes of JSON that they come to at most
 * @param countsRest whether to count those that are left out: all of them are looked at for it
 */
export async function wholeFailures(
  storage: RunReader,
  run: LoadedRun,
  record: StateRecord,
  { maxBytes, countsRest }: { readonly maxBytes: number; readonly countsRest: boolean },
): Promise<WholeFailures> {
  const failures: UniteFailure[] = [];
  let bytes = 0;
  let last: CountedFailure | undefined;
  for await (const page of failureItems(storage, run, record)) {
    for (const { failure, place } of page) {
      const cut = { ...failure, message: cutText(failure.message, maxMessage) };
      bytes += Buffer.byteLength(JSON.stringify(cut)) + 1;
      if (failures.length === maxWhole || bytes > maxBytes)
        return { failures, leftOut: countsRest ? await countBehind(storage, run, record, last) : 0 };
      failures.push(cut);
      last = place;
    }
  }
  return { failures, leftOut: 0 };
}

async function countBehind(
  storage: RunReader,
  run: LoadedRun,
  record: StateRecord,
  after: CountedFailure | undefined,
): Promise<number> {
  let count = 0;
  const range = { after, perRead: countedPerRead };
  for await (const page of countedFailures(storage, run, scopeUnitedBy(record), range)) count += page.length;
  return count;
}

/** True unless another window follows: what failed is told once, to the last one. */
function tellsFailures({ graph }: LoadedRun, scope: ScopeRecord, record: StateRecord): boolean {
  return isLastOf(scope, record, unitesAt(graph, scope.unite).policy);
}

async function described(
  storage: RunReader,
  run: LoadedRun,
  places: readonly CountedFailure[],
): Promise<FailureItem[]> {
  const states = places.map(({ state }) => state);
  const records = await storage.records(run.runId, states);
  const found = places.flatMap((place, i) => {
    const record = records[i];
    return record ? [{ state: place.state, record, place }] : [];
  });
  const [failures, ways] = await Promise.all([
    failuresOf(storage, run, found),
    ancestorsOf(
      storage,
      run,
      found.map(({ record }) => record),
    ),
  ]);
  return found.map(({ record, place }, i) => {
    const { identifier } = nodeAt(run.graph, record.standing.node);
    const { code = '', message = '' } = failures[i] ?? {};
    const failure = { identifier, path: ways[i]!.path, code, message };
    return { failure, place, json: JSON.stringify(failure) };
  });
}

export function writeFailureToken({ branch, state }: CountedFailure): string {
  return `${branch}.${state}`;
}

function readFailureToken(pageToken: string): CountedFailure {
  const [, branch, state] = /^(\d{1,10})\.(\d{1,15})$/.exec(pageToken) ?? [];
  if (branch !== undefined) return { branch: Number(branch), state: Number(state) };
  throw new FanoutError(
    'PAGE_TOKEN_INVALID',
    'page_token is not one that this list gave: start again without it',
  );
}
