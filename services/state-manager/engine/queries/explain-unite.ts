import { describeNext, viewPolicy } from '../../domain/graph/describe-policy.ts';
import { nodeAt, unitesAt } from '../../domain/graph/graph.ts';
import { keepsSuccesses } from '../../domain/graph/unite-policy.ts';
import type { Page } from '../../domain/model/page.ts';
import type { MissingBranch, UniteQuestion, UniteScope } from '../../domain/model/unite.ts';
import { sessionOf } from '../../domain/run/lease-token.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { ScopeRecord } from '../../domain/run/scope-record.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import { FanoutError } from '../../errors.ts';
import type { PageRequest } from '../ports/api.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import { itemsPerRead } from '../ports/run-reader.ts';
import { progressOf } from '../session/progress.ts';
import { reasonsOf } from '../tree/failures-of-states.ts';
import type { FoundState } from '../tree/found-state.ts';
import { statesBelow } from '../tree/states-below.ts';
import type { StateSource } from './describe-states.ts';
import { addressesOf, isUnfinishedIn, notUnited, unitingNode } from './united-scopes.ts';

/** States that a missing branch shows. */
const shownStates = 5;
/** Reads that a search for scopes takes for one page, each over many thousands of states. */
const readsPerPage = 40;
/** Branches of a scope that a search for missing ones looks at for one page, and for one read. */
const branchesPerPage = 1_000_000;
const branchesPerRead = 25_000;
/** Branches whose states are asked for one page. */
const askedPerPage = 2_000;

/** The place where a page stopped: the next execution, or the next branch of one of its scopes. */
interface Cursor {
  readonly execution: number;
  readonly unite: number;
  readonly branch: number;
}

/** Tells of scopes what is counted, what is missing, and what happens next. */
export async function explainUnite(
  storage: StateSource,
  run: LoadedRun,
  question: UniteQuestion,
  { pageSize, pageToken }: PageRequest,
): Promise<Page<UniteScope>> {
  const cursor = readCursor(pageToken);
  const { scopes, next } = await findScopes(storage, run, question, cursor, pageSize);
  const items: UniteScope[] = [];
  let room = pageSize;
  let [mayAsk, mayLook] = [askedPerPage, branchesPerPage];
  for (const [i, scope] of scopes.entries()) {
    const from =
      i === 0 && scope.unite === cursor.unite && scope.execution === cursor.execution ? cursor.branch : 0;
    const limits = { room, mayAsk, mayLook };
    const { missing, asked, looked, nextBranch } = await missingBranches(storage, run, scope, from, limits);
    room -= missing.length;
    mayAsk -= asked;
    mayLook -= looked;
    items.push(await describe(storage, run, scope, missing));
    if (nextBranch !== undefined)
      return { items, nextPageToken: writeCursor({ ...scope, branch: nextBranch }) };
    const after = scopes[i + 1];
    if ((room <= 0 || mayLook <= 0) && after)
      return { items, nextPageToken: writeCursor({ ...after, branch: 0 }) };
  }
  return next === undefined ? { items } : { items, nextPageToken: writeCursor({ ...next, branch: 0 }) };
}

async function findScopes(
  storage: StateSource,
  run: LoadedRun,
  { stateId, identifier }: UniteQuestion,
  cursor: Cursor,
  atMost: number,
): Promise<{ scopes: ScopeRecord[]; next?: ScopeAddress }> {
  const wanted = identifier === undefined ? undefined : unitingNode(run.graph, identifier);
  const isWanted = (unite: number) => wanted === undefined || unite === wanted.index;
  if (stateId !== undefined) {
    const addresses = (await addressesOf(storage.runs, run, stateId)).filter(({ unite }) => isWanted(unite));
    if (addresses.length === 0) throw notUnited(`nothing that it could mean unites at state "${stateId}"`);
    return { scopes: after(await load(storage, run, addresses), cursor) };
  }
  const scopes: ScopeRecord[] = [];
  let from = cursor.execution;
  for (let reads = 0; reads < readsPerPage; reads++) {
    const { executions, next } = await storage.runs.unitedExecutions(run.runId, {
      from,
      atMost: itemsPerRead,
    });
    const records = await storage.runs.records(run.runId, executions);
    const addresses = executions.flatMap((execution, i) => {
      const unitedBy = records[i]?.fanOut ? nodeAt(run.graph, records[i].standing.node).unitedBy : [];
      return [...unitedBy]
        .sort((left, right) => left - right)
        .filter(isWanted)
        .map((unite) => ({ unite, execution }));
    });
    scopes.push(...after(await load(storage, run, addresses), cursor));
    const beyond = scopes[atMost];
    if (beyond) return { scopes: scopes.slice(0, atMost), next: beyond };
    if (next === undefined) return { scopes };
    from = next;
  }
  return { scopes, next: { execution: from, unite: 0 } };
}

async function load(
  storage: StateSource,
  run: LoadedRun,
  addresses: readonly ScopeAddress[],
): Promise<ScopeRecord[]> {
  const scopes = await storage.runs.scopes(run.runId, addresses);
  return scopes.filter((scope) => scope !== undefined);
}

function after(scopes: readonly ScopeRecord[], cursor: Cursor): ScopeRecord[] {
  return scopes.filter(
    ({ execution, unite }) =>
      execution > cursor.execution || (execution === cursor.execution && unite >= cursor.unite),
  );
}

async function describe(
  storage: StateSource,
  run: LoadedRun,
  scope: ScopeRecord,
  missing: readonly MissingBranch[],
): Promise<UniteScope> {
  const { unite, execution, result, status } = scope;
  const { identifier } = nodeAt(run.graph, unite);
  const { policy, target } = unitesAt(run.graph, unite);
  const timerAt = status === 'OPEN' ? await storage.runs.timerOf(run.runId, scope) : undefined;
  const { total, succeeded, failed, pruned, unfinished, leftOut } = scope;
  return {
    unitingIdentifier: identifier,
    ...(result !== undefined && { unitingStateId: stateIdOf(run.runId, result) }),
    unitedIdentifier: nodeAt(run.graph, target).identifier,
    unitedStateId: stateIdOf(run.runId, execution),
    status,
    generation: scope.generation,
    policy: viewPolicy(policy, scope),
    counts: { total, succeeded, failed, pruned, unfinished, leftOut },
    isSealed: scope.isSealed,
    ...(timerAt !== undefined && policy.timeoutMs !== undefined && { deadlineAt: timerAt }),
    next: describeNext(policy, scope, timerAt),
    missing: await withLabels(storage.runs, run, execution, missing),
    reasons: status === 'GAVE_UP' ? (await reasonsOf(storage.runs, run, scope)).told : [],
  };
}

/** Branches with the labels of their outputs. */
async function withLabels(
  storage: StateSource['runs'],
  run: LoadedRun,
  execution: number,
  missing: readonly MissingBranch[],
): Promise<readonly MissingBranch[]> {
  if (missing.length === 0) return missing;
  const [record] = await storage.records(run.runId, [execution]);
  const stagedUnder = record?.fanOut?.isStaged ? record.leaseToken : undefined;
  const labels = await storage.labels(
    run.runId,
    missing.map(({ index }) => ({ state: execution, output: index, stagedUnder })),
  );
  return missing.map((branch, i) => (labels[i] === undefined ? branch : { ...branch, label: labels[i] }));
}

/** Limits of what one page may still hold and cost. */
interface PageLimits {
  readonly room: number;
  readonly mayAsk: number;
  readonly mayLook: number;
}

/** Missing branches of a scope, what they have cost, and where the next page goes on. */
interface FoundBranches {
  readonly missing: readonly MissingBranch[];
  readonly asked: number;
  readonly looked: number;
  readonly nextBranch?: number;
}

async function missingBranches(
  storage: StateSource,
  run: LoadedRun,
  scope: ScopeRecord,
  from: number,
  { room, mayAsk, mayLook }: PageLimits,
): Promise<FoundBranches> {
  const missing: MissingBranch[] = [];
  let [asked, looked] = [0, 0];
  if (scope.status !== 'OPEN' || scope.unfinished === 0) return { missing, asked, looked };
  // Once a scope was opened again, branches that it has left out count nowhere and may not be swept yet.
  const all = from === 0 && scope.generation === 1 ? scope.unfinished : undefined;
  const end = Math.min(scope.total, from + mayLook);
  for (let first = from; first < end; first += branchesPerRead) {
    const range = { from: first, to: Math.min(end, first + branchesPerRead) };
    looked += range.to - range.from;
    const branches = await storage.runs.maybeUnfinished(run.runId, scope, range);
    for (let at = 0; at < branches.length; at += itemsPerRead) {
      const page = branches.slice(at, at + itemsPerRead);
      for (const index of await notEnded(storage, run, scope, page)) {
        if (missing.length === all) return { missing, asked, looked };
        if (missing.length >= room || asked >= mayAsk) return { missing, asked, looked, nextBranch: index };
        asked += 1;
        const branch = await oneBranch(storage, run, scope, index);
        if (branch) missing.push(branch);
      }
    }
    if (missing.length === all) return { missing, asked, looked };
  }
  return end < scope.total ? { missing, asked, looked, nextBranch: end } : { missing, asked, looked };
}

/** Branches without those that have a record which says how they ended. */
async function notEnded(
  storage: StateSource,
  run: LoadedRun,
  scope: ScopeRecord,
  branches: readonly number[],
): Promise<number[]> {
  const keeps = keepsSuccesses(unitesAt(run.graph, scope.unite).policy);
  const ends = await storage.runs.branchEnds(run.runId, scope, branches, keeps);
  // Of a branch that looks finished storage does not always know, so that its states are asked.
  return branches.filter((_, i) => ends[i] === 'UNFINISHED' || (ends[i] === 'SUCCEEDED' && !keeps));
}

async function oneBranch(
  storage: StateSource,
  run: LoadedRun,
  { unite, execution }: ScopeAddress,
  index: number,
): Promise<MissingBranch | undefined> {
  const { covers } = unitesAt(run.graph, unite);
  // A branch may have any number of them.
  let unfinishedStates = 0;
  let shown: FoundState[] = [];
  const below = { output: index, ownScopes: false };
  for await (const page of statesBelow({ storage: storage.runs, run, within: covers, below }, execution)) {
    const unfinished = page.filter(({ record }) => isUnfinishedIn(run.graph, record, unite));
    unfinishedStates += unfinished.length;
    shown = [...shown, ...unfinished].sort((left, right) => left.state - right.state).slice(0, shownStates);
  }
  if (unfinishedStates === 0) return undefined;
  const [dueTimes, progress] = await Promise.all([
    storage.runs.dueTimes(
      run.runId,
      shown.map(({ state, record }) => ({ state, node: record.standing.node })),
    ),
    progressOf(storage.sessions, run.runId, shown),
  ]);
  return {
    index,
    unfinishedStates,
    states: shown.map(({ state, record }, i) => ({
      stateId: stateIdOf(run.runId, state),
      identifier: nodeAt(run.graph, record.standing.node).identifier,
      status: record.status,
      attempt: record.attempt,
      ...(record.status === 'QUEUED' && { sessionId: sessionOf(record.leaseToken) }),
      ...(record.status === 'CREATED' && dueTimes[i] !== undefined && { dueAt: dueTimes[i] }),
      ...(progress[i] !== undefined && { progress: progress[i] }),
    })),
  };
}

function writeCursor({ execution, unite, branch }: Cursor): string {
  return `${execution}.${unite}.${branch}`;
}

function readCursor(pageToken: string): Cursor {
  if (pageToken === '') return { execution: 0, unite: 0, branch: 0 };
  const [, execution, unite, branch] = /^(\d{1,15})\.(\d{1,6})\.(\d{1,15})$/.exec(pageToken) ?? [];
  if (branch === undefined) {
    throw new FanoutError(
      'PAGE_TOKEN_INVALID',
      'page_token is not one that this list gave: start again without it',
    );
  }
  return { execution: Number(execution), unite: Number(unite), branch: Number(branch) };
}
