import { unitesAt } from '../../domain/graph/graph.ts';
import { keepsSuccesses } from '../../domain/graph/unite-policy.ts';
import { scopesOfRetry } from '../../domain/plan/retry-by-hand.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import { FanoutError } from '../../errors.ts';
import type { ControlSteps, HeldScope, RetryScope } from '../ports/control.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import { itemsPerRead, type RunReader } from '../ports/run-reader.ts';
import type { FoundState } from '../tree/found-state.ts';
import { statesBelow } from '../tree/states-below.ts';

/** Inputs by which states that are retried are corrected: JSON objects by the number of the state. They are checked. */
export type CorrectionTexts = ReadonlyMap<number, string>;

export const nothingCorrected: CorrectionTexts = new Map();

/** Attempts of a retry that other steps come in between of, and its wait for a cancellation, milliseconds. */
const maxAttempts = 600;
const busyPauseMs = 50;
/** The longest wait of states that are retried together, milliseconds: a part for all, and one for each. */
const leastDelayMs = 2_000;
const delayPerStateMs = 10;

/** Retries one state by hand. @throws FanoutError STATE_NOT_RETRYABLE */
export async function retryState(
  storage: RunReader & ControlSteps,
  run: LoadedRun,
  state: number,
  record: StateRecord,
  corrections: CorrectionTexts = nothingCorrected,
): Promise<void> {
  const [only] = await retryable(storage, run, [{ state, record }]);
  checkCorrected(run, corrections, only ? [state] : []);
  const how = { delayMs: 0, correctionJson: corrections.get(state) };
  if (!only || (await retryOne(storage, run, only, how)) === undefined)
    throw notRetryable(stateIdOf(run.runId, state), record);
}

/**
 * Retries all of some states that failed, or that a user cancelled. Gives their number.
 * @param only.endedBy those that had ended by this instant, epoch milliseconds
 * @throws FanoutError STATE_NOT_RETRYABLE a correction is of none of them, so that none is retried
 */
export async function retryAll(
  storage: RunReader & ControlSteps,
  run: LoadedRun,
  states: AsyncIterable<readonly FoundState[]>,
  { endedBy, corrections }: { readonly endedBy: number; readonly corrections: CorrectionTexts },
): Promise<number> {
  // Found before anything is retried, since that changes what is there. Numbers only: there may be very many.
  const found: number[] = [];
  for await (const page of states) {
    const ended = page.filter(({ record }) => record.changedAt <= endedBy);
    for (const { state } of await retryable(storage, run, ended)) found.push(state);
  }
  checkCorrected(run, corrections, found);
  // None begins before all are there, so that no unite is decided in between. Should this process die
  // meanwhile, those that are there begin by themselves.
  const delayMs = found.length > 1 ? leastDelayMs + found.length * delayPerStateMs : 0;
  const waiting: { state: number; node: number }[] = [];
  for (let from = 0; from < found.length; from += itemsPerRead) {
    const page = found.slice(from, from + itemsPerRead);
    const records = await storage.records(run.runId, page);
    for (const [i, state] of page.entries()) {
      const record = records[i];
      const replacement =
        record &&
        isEnded(record) &&
        record.changedAt <= endedBy &&
        (await retryOne(
          storage,
          run,
          { state, record },
          { delayMs, correctionJson: corrections.get(state) },
        ));
      if (replacement) waiting.push({ state: replacement, node: record.standing.node });
    }
  }
  if (delayMs > 0) await storage.hasten(run.runId, waiting);
  return waiting.length;
}

async function retryable(
  storage: RunReader & ControlSteps,
  run: LoadedRun,
  found: readonly FoundState[],
): Promise<FoundState[]> {
  const ended = found.filter(({ record }) => isEnded(record));
  const failures = await storage.failures(
    run.runId,
    ended.map(({ state }) => state),
  );
  return ended.filter(({ record }, i) => {
    const { code } = failures[i] ?? {};
    if (record.status === 'CANCELLED') return code === 'CANCELLED';
    return code !== 'UNITE_UNSATISFIED';
  });
}

function isEnded({ status }: StateRecord): boolean {
  return status === 'ERRORED' || status === 'CANCELLED';
}

/**
 * Gives the number of the replacement; undefined: meanwhile it is not what it was.
 * @param how.takenBackBy the scope whose closing had cancelled it; absent: a user retries it
 */
export async function retryOne(
  storage: RunReader & ControlSteps,
  run: LoadedRun,
  { state, record }: FoundState,
  {
    delayMs,
    takenBackBy,
    correctionJson,
  }: {
    readonly delayMs: number;
    readonly takenBackBy?: HeldScope;
    readonly correctionJson?: string | undefined;
  },
): Promise<number | undefined> {
  let scopes: RetryScope[] = scopesOfRetry(run.graph, record, takenBackBy === undefined);
  let isBusy = false;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const result = await storage.retry(run, state, record, scopes, delayMs, takenBackBy, correctionJson);
    isBusy = result.kind === 'BUSY';
    switch (result.kind) {
      case 'OK':
        return result.replacement;
      case 'SUPERSEDED':
      case 'LEFT':
        return undefined;
      case 'BUSY':
        await new Promise((resolve) => setTimeout(resolve, busyPauseMs));
        break;
      case 'UNSURE':
        scopes = await Promise.all(scopes.map((scope) => withFinished(storage, run, scope)));
        break;
      case 'CHANGED': {
        const [now] = await storage.records(run.runId, [state]);
        if (now?.status !== record.status) return undefined;
        scopes = await Promise.all(scopes.map((scope) => withFinished(storage, run, scope)));
      }
    }
  }
  const stateId = stateIdOf(run.runId, state);
  const why = isBusy ? 'stands in what is still being cancelled' : 'changes too often';
  throw new FanoutError('STORAGE_UNAVAILABLE', `state ${stateId} ${why}: retry it again`, {
    retryAfterMs: 1_000,
  });
}

/** Looks whether the branch is finished, where storage does not keep it. */
async function withFinished(
  storage: RunReader & ControlSteps,
  run: LoadedRun,
  scope: RetryScope,
): Promise<RetryScope> {
  const { policy, covers } = unitesAt(run.graph, scope.unite);
  if (scope.branch === undefined || keepsSuccesses(policy)) return scope;
  const seen = await storage.scopeText(run.runId, scope);
  const branch = statesBelow(
    { storage, run, within: covers, below: { output: scope.branch, ownScopes: false } },
    scope.execution,
  );
  for await (const page of branch) {
    const isUnfinished = page.some(({ record: { status } }) =>
      ['CREATED', 'QUEUED', 'EXECUTED'].includes(status),
    );
    if (isUnfinished) return { ...scope, finished: { isFinished: false, seen } };
  }
  return { ...scope, finished: { isFinished: true, seen } };
}

/** @throws FanoutError STATE_NOT_RETRYABLE a state is corrected that is not retried */
function checkCorrected(run: LoadedRun, corrections: CorrectionTexts, retried: readonly number[]): void {
  if (corrections.size === 0) return;
  const known = new Set(retried);
  const other = [...corrections.keys()].find((state) => !known.has(state));
  if (other === undefined) return;
  throw new FanoutError(
    'STATE_NOT_RETRYABLE',
    `a correction is of state ${stateIdOf(run.runId, other)}, which this call does not retry: it has not failed, or lies elsewhere; leave it out`,
  );
}

function notRetryable(stateId: string, { status }: StateRecord): FanoutError {
  return new FanoutError(
    'STATE_NOT_RETRYABLE',
    `state ${stateId} is ${status}, and only states that are ERRORED, or that a user has cancelled, can be retried; ` +
      'of a unite that gave up, retry what failed in its branches',
  );
}
