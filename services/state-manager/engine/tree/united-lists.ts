import { valueAt } from '../../domain/graph/expression.ts';
import { nodeAt, unitesAt } from '../../domain/graph/graph.ts';
import { keepsSuccesses } from '../../domain/graph/unite-policy.ts';
import { readJson, writeJson } from '../../domain/json/exact-json.ts';
import { formatPath, parsePath } from '../../domain/run/path.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import { FanoutError } from '../../errors.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import { ancestorsOf } from './ancestors.ts';
import { type FoundOutput, type OutputCursor, outputsInOrder } from './outputs-in-order.ts';

/** Outputs that are read at once: few at first, since their sizes are not known. */
const firstPage = 64;
const maxPage = 500;
const bytesPerPage = 500_000;

/** One item of a united list, and the output that it comes from. */
export interface UnitedItem {
  readonly json: string;
  readonly output: FoundOutput;
}

/** The list that a reference in a uniting node's inputs stands for. */
export interface UnitedList {
  /** Index of the node whose outputs are listed. */
  readonly node: number;
  /** The field of each output, and what lies below it. */
  readonly path: readonly string[];
}

/** The scope that a uniting state has united. */
function scopeOf({ standing }: StateRecord): ScopeAddress {
  return { unite: standing.node, execution: standing.parent };
}

/**
 * Reads a united list in path order, page by page: memory stays bounded however long it is.
 * @throws FanoutError PAGE_TOKEN_INVALID
 */
export async function* unitedItems(
  storage: RunReader,
  run: LoadedRun,
  record: StateRecord,
  list: UnitedList,
  pageToken = '',
): AsyncGenerator<UnitedItem[]> {
  const scope = scopeOf(record);
  const { policy, covers } = unitesAt(run.graph, scope.unite);
  const options = {
    storage,
    run,
    from: scope.execution,
    targets: [list.node],
    within: covers,
    scope: {
      ...scope,
      keepsSuccesses: keepsSuccesses(policy),
      ...(policy.window && record.instance !== undefined && { window: record.instance }),
    },
  };
  const found = outputsInOrder(options, pageToken === '' ? undefined : readToken(pageToken));
  for await (const page of withOutputs(storage, run, found)) {
    yield page.map(({ output, json }) => ({
      output,
      json: writeJson(valueAt(readJson(json), list.path)),
    }));
  }
}

/** Adds the JSON of each output, read in pages that adapt to their sizes. */
export async function* withOutputs(
  storage: RunReader,
  run: LoadedRun,
  found: AsyncIterable<readonly FoundOutput[]>,
): AsyncGenerator<{ output: FoundOutput; json: string }[]> {
  let pageSize = firstPage;
  for await (const all of found) {
    for (let from = 0; from < all.length; ) {
      const page = all.slice(from, from + pageSize);
      from += page.length;
      const outputs = await storage.outputs(run.runId, page);
      const items = page.flatMap((output, i) =>
        outputs[i] === undefined ? [] : [{ output, json: outputs[i] }],
      );
      const bytes = items.reduce((sum, { json }) => sum + json.length, 0);
      const average = Math.max(1, bytes / Math.max(1, items.length));
      pageSize = Math.max(1, Math.min(maxPage, 2 * pageSize, Math.floor(bytesPerPage / average)));
      yield items;
    }
  }
}

/** The values of `unite.…` in the inputs of a uniting state. */
export async function uniteValues(
  storage: RunReader,
  run: LoadedRun,
  record: StateRecord,
  wantsFailures: boolean,
): Promise<object> {
  const address = scopeOf(record);
  const scope = (await storage.scopes(run.runId, [address]))[0];
  if (!scope) throw new Error(`the scope of a uniting state is missing in run ${run.runId}`);
  const { instance = 1 } = record;
  const { window } = unitesAt(run.graph, address.unite).policy;
  const told = window && (await storage.windows(run.runId, address, [instance]))[0];
  const { total, succeeded, failed, pruned, unfinished, leftOut } = told ?? scope;
  const isFinal = window === undefined || (scope.status === 'FIRED' && instance === scope.instances);
  return {
    counts: { total, succeeded, failed, pruned, unfinished, left_out: leftOut },
    // A window that is not the last one is told of successes only: what failed is told once.
    failures: wantsFailures && isFinal ? await countedFailures(storage, run, address) : [],
    partial: isFinal && (unfinished + leftOut > 0 || scope.isCutOff),
    window: window === undefined ? null : (told?.window ?? null),
    final: isFinal,
  };
}

async function countedFailures(storage: RunReader, run: LoadedRun, scope: ScopeAddress): Promise<object[]> {
  const keeps = keepsSuccesses(unitesAt(run.graph, scope.unite).policy);
  const all: object[] = [];
  let pageToken = '';
  do {
    const page = await storage.countedFailures(run.runId, scope, { pageSize: maxPage, pageToken });
    // What failed after the scope had closed belongs to a branch that was left out.
    const branches = page.items.map(({ branch }) => branch);
    const ends = await storage.branchEnds(run.runId, scope, branches, keeps);
    const states = page.items.flatMap(({ state }, i) => (ends[i] === 'FAILED' ? [state] : []));
    const [records, failures] = await Promise.all([
      storage.records(run.runId, states),
      storage.failures(run.runId, states),
    ]);
    const known = records.filter((record) => record !== undefined);
    const paths = await ancestorsOf(storage, run, known);
    known.forEach((record, i) => {
      const failure = failures[records.indexOf(record)];
      all.push({
        identifier: nodeAt(run.graph, record.standing.node).identifier,
        path: paths[i]!.path,
        code: failure?.code ?? null,
        message: failure?.message ?? null,
      });
    });
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  return all;
}

export function writeToken({ path, output }: FoundOutput): string {
  return `${formatPath(path)}!${output}`;
}

export function readToken(pageToken: string): OutputCursor {
  const [, path = '', output = ''] = /^([^!]*)!(\d{1,15})$/.exec(pageToken) ?? [];
  const steps = parsePath(path);
  if (!steps || output === '') {
    throw new FanoutError(
      'PAGE_TOKEN_INVALID',
      'page_token is not one that this list gave: start again without it',
    );
  }
  return { path: steps, output: Number(output) };
}
