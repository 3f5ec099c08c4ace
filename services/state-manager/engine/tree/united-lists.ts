import { valueAt } from '../../domain/graph/expression.ts';
import { unitesAt } from '../../domain/graph/graph.ts';
import { keepsSuccesses } from '../../domain/graph/unite-policy.ts';
import { readJson, writeJson } from '../../domain/json/exact-json.ts';
import { formatPath, parsePath } from '../../domain/run/path.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import { FanoutError } from '../../errors.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import { type FoundOutput, type OutputCursor, outputsInOrder } from './outputs-in-order.ts';
import { type WholeFailures, wholeFailures } from './unite-failures.ts';
import { isLastOf, scopeUnitedBy } from './uniting-states.ts';

/** Outputs that are read at once: few at first, and never very many, since the sizes of the next ones are not known. */
const firstPage = 16;
const maxPage = 128;
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
  const scope = scopeUnitedBy(record);
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

/** The values of its unite that cost something to read, and that the inputs of a uniting state name. */
export interface UniteNeeds {
  readonly failures: boolean;
  /** The number of failures that the list leaves out. */
  readonly failuresLeftOut: boolean;
  /** Bytes of JSON that the failures may come to. */
  readonly maxFailureBytes: number;
}

/** The values of `unite.…` in the inputs of a uniting state. */
export async function uniteValues(
  storage: RunReader,
  run: LoadedRun,
  record: StateRecord,
  needs: UniteNeeds,
): Promise<object> {
  const address = scopeUnitedBy(record);
  const scope = (await storage.scopes(run.runId, [address]))[0];
  if (!scope) throw new Error(`the scope of a uniting state is missing in run ${run.runId}`);
  const { instance = 1 } = record;
  const { policy } = unitesAt(run.graph, address.unite);
  const { window } = policy;
  const told = window && (await storage.windows(run.runId, address, [instance]))[0];
  const { total, succeeded, failed, pruned, unfinished, leftOut } = told ?? scope;
  const isFinal = isLastOf(scope, record, policy);
  const shown = await failuresNeeded(storage, run, record, needs);
  return {
    counts: { total, succeeded, failed, pruned, unfinished, left_out: leftOut },
    failures: shown.failures,
    failures_left_out: shown.leftOut,
    partial: isFinal && (unfinished + leftOut > 0 || scope.isCutOff),
    window: window === undefined ? null : (told?.window ?? null),
    final: isFinal,
  };
}

async function failuresNeeded(
  storage: RunReader,
  run: LoadedRun,
  record: StateRecord,
  { failures, failuresLeftOut: countsRest, maxFailureBytes: maxBytes }: UniteNeeds,
): Promise<WholeFailures> {
  if (!failures && !countsRest) return { failures: [], leftOut: 0 };
  return wholeFailures(storage, run, record, { maxBytes, countsRest });
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
