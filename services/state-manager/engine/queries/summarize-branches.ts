import { nodeAt, unitesAt } from '../../domain/graph/graph.ts';
import { keepsSuccesses } from '../../domain/graph/unite-policy.ts';
import {
  type BranchCell,
  type BranchQuestion,
  type BranchSummary,
  cellBounds,
  cellOf,
} from '../../domain/model/branch-cells.ts';
import type { ScopeRecord } from '../../domain/run/scope-record.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import { type RunLists, wideScope } from '../ports/run-lists.ts';
import type { BranchEnd, RunReader } from '../ports/run-reader.ts';
import { statesBelow } from '../tree/states-below.ts';
import { addressesOf, isUnfinishedIn, notUnited, unitingNode } from './united-scopes.ts';

type Source = RunReader & RunLists;

/** States that are read to find out which of a narrow scope's branches have finished. */
const statesRead = 10_000;

/** Tells of the branches of a scope how they ended, in cells. */
export async function summarizeBranches(
  storage: Source,
  run: LoadedRun,
  { stateId, identifier, from, to, cells }: BranchQuestion,
): Promise<BranchSummary> {
  const scope = await scopeOf(storage, run, stateId, identifier);
  const { total } = scope;
  const bounds = cellBounds(Math.min(from, total), Math.min(to ?? total, total), cells);
  const single = Math.min(await endsOneByOne(storage, run, scope), total);
  const { ends, isIncomplete } = await endsOf(storage, run, scope, single);
  const listed = await listedBehind(storage, run, scope, single, bounds);
  return {
    cells: bounds.slice(0, -1).map((first, i) => {
      const behind = bounds[i + 1]!;
      const own = ends.slice(first, behind);
      const count = (end: BranchEnd) => own.filter((one) => one === end).length;
      const { finished, failed, pruned } = listed[i]!;
      return cellOf(first, behind - first, {
        failed: failed + count('FAILED'),
        pruned: pruned + count('PRUNED'),
        unfinished: behind - first - own.length - finished + count('UNFINISHED'),
      });
    }),
    total,
    unitingIdentifier: nodeAt(run.graph, scope.unite).identifier,
    isIncomplete,
  };
}

async function scopeOf(
  storage: RunReader,
  run: LoadedRun,
  stateId: string,
  identifier: string | undefined,
): Promise<ScopeRecord> {
  const wanted = identifier === undefined ? undefined : unitingNode(run.graph, identifier).index;
  const addresses = await addressesOf(storage, run, stateId);
  const named = addresses.filter(({ unite }) => wanted === undefined || unite === wanted);
  const scopes = (await storage.scopes(run.runId, named)).filter((scope) => scope !== undefined);
  const [scope, another] = scopes;
  if (!scope) throw notUnited(`no unite waits for branches of state "${stateId}"`);
  if (another) {
    const names = scopes.map(({ unite }) => nodeAt(run.graph, unite).identifier);
    throw notUnited(
      `state "${stateId}" is of several unites, ${names.join(' and ')}: name one as identifier`,
    );
  }
  return scope;
}

/** The number of branches, from the first one on, that may have finished without being listed. */
async function endsOneByOne(storage: RunReader, run: LoadedRun, scope: ScopeRecord): Promise<number> {
  if (scope.total < wideScope) return wideScope;
  const [record] = await storage.records(run.runId, [scope.execution]);
  // An open fan-out was narrow before it was wide.
  return record?.fanOut?.isOpen ? wideScope : 0;
}

/** The ends of the first branches of a scope, of which nothing is listed. */
async function endsOf(
  storage: RunReader,
  run: LoadedRun,
  scope: ScopeRecord,
  count: number,
): Promise<{ ends: BranchEnd[]; isIncomplete: boolean }> {
  const { unite } = scope;
  const keeps = keepsSuccesses(unitesAt(run.graph, unite).policy);
  const branches = Array.from({ length: count }, (_, branch) => branch);
  const ends = await storage.branchEnds(run.runId, scope, branches, keeps);
  // A branch that nothing has touched looks like one that has succeeded, where that is not kept.
  if (keeps || scope.status !== 'OPEN' || scope.unfinished === 0) return { ends, isIncomplete: false };
  const unsure = branches.filter((branch) => ends[branch] === 'SUCCEEDED');
  const known = ends.filter((end) => end === 'UNFINISHED').length;
  let waited = scope.unfinished - known;
  let room = statesRead;
  let isIncomplete = false;
  for (const [i, branch] of unsure.entries()) {
    const left = unsure.length - i;
    if (waited === 0) break;
    if (scope.total === count && waited === left) ends[branch] = 'UNFINISHED';
    else if (room <= 0) [ends[branch], isIncomplete] = ['UNFINISHED', true];
    else {
      const { isUnfinished, read } = await lookInto(storage, run, scope, branch, room);
      room -= read;
      if (isUnfinished === undefined) isIncomplete = true;
      if (isUnfinished === false) continue;
      ends[branch] = 'UNFINISHED';
    }
    waited -= 1;
  }
  return { ends, isIncomplete };
}

/** Looks for a state that a branch waits for; undefined: there are too many to say so. */
async function lookInto(
  storage: RunReader,
  run: LoadedRun,
  { unite, execution }: ScopeRecord,
  branch: number,
  atMost: number,
): Promise<{ isUnfinished: boolean | undefined; read: number }> {
  const { covers } = unitesAt(run.graph, unite);
  const below = { output: branch, ownScopes: false };
  let read = 0;
  for await (const page of statesBelow({ storage, run, within: covers, below }, execution)) {
    read += page.length;
    if (page.some(({ record }) => isUnfinishedIn(run.graph, record, unite)))
      return { isUnfinished: true, read };
    if (read > atMost) return { isUnfinished: undefined, read };
  }
  return { isUnfinished: false, read };
}

type Listed = { readonly finished: number } & Pick<BranchCell, 'failed' | 'pruned'>;

/** Numbers by cell of the branches that are listed, behind those that were told one by one. */
async function listedBehind(
  storage: RunLists,
  run: LoadedRun,
  scope: ScopeRecord,
  single: number,
  bounds: readonly number[],
): Promise<Listed[]> {
  const inside = bounds.map((bound) => Math.max(bound, single));
  const widths = inside.slice(1).map((bound, i) => bound - inside[i]!);
  const none = widths.map(() => 0);
  const isEmpty = widths.every((width) => width === 0);
  const count = (list: 'FINISHED' | 'FAILED' | 'PRUNED', number: number) =>
    number === 0 || isEmpty ? none : storage.countBranches(run.runId, scope, list, inside);
  // What has no state to wait for is finished from its beginning, and listed nowhere.
  const areAllFinished = scope.unfinished + scope.leftOut === 0;
  const hasEnded = scope.succeeded + scope.failed + scope.pruned;
  const [finished, failed, pruned] = await Promise.all([
    areAllFinished ? widths : count('FINISHED', hasEnded),
    count('FAILED', scope.failed),
    count('PRUNED', scope.pruned),
  ]);
  return widths.map((_, i) => ({ finished: finished[i]!, failed: failed[i]!, pruned: pruned[i]! }));
}
