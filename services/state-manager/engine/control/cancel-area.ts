import { nodeAt, unitesAt } from '../../domain/graph/graph.ts';
import type { Failure } from '../../domain/model/state.ts';
import { runTimeout } from '../../domain/plan/limit-failures.ts';
import { isSameScope, type ScopeAddress } from '../../domain/run/scope-address.ts';
import type { ScopeBranch } from '../../domain/run/scope-record.ts';
import type { CancelJob, StandingMark } from '../ports/control.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import { itemsPerRead, type RunReader } from '../ports/run-reader.ts';
import type { FoundState } from '../tree/found-state.ts';
import { growthOf, statesOf } from '../tree/growth.ts';
import { statesBelow, withTop } from '../tree/states-below.ts';

/** A job that cancels. */
export type AreaJob = Exclude<CancelJob, { readonly kind: 'parked' }>;

/** The states and scopes that a job has to cancel. */
export interface CancelArea {
  readonly kind: AreaJob['kind'];
  /** All states in question, in pages; more may come while it is read. */
  readonly states: AsyncIterable<readonly FoundState[]>;
  /** True if states of a node are cancelled. */
  includes(node: number): boolean;
  /** True if a scope lies within, so that its uniting state is cancelled, too. */
  isWithin(scope: ScopeAddress): boolean;
  /** The scopes around see it as a failure. */
  readonly isFailure: boolean;
  readonly failure: Failure;
  /** The mark that has to stand as long as it is cancelled. */
  readonly mark: StandingMark;
  /** Scopes around that are not decided before all of it is cancelled. */
  readonly held: readonly ScopeBranch[];
  /** The work that a mark stands below: its newest attempt, and whether its children are created cancelled. */
  readonly work?: { readonly newest: FoundState; readonly isCut: boolean };
  /** The scope that was opened again, and is not decided before that, either. */
  readonly reopened?: ScopeAddress;
}

/** Undefined: there is nothing to cancel. */
export async function cancelArea(
  storage: RunReader,
  run: LoadedRun,
  job: AreaJob,
): Promise<CancelArea | undefined> {
  switch (job.kind) {
    case 'scope': {
      const [scope] = await storage.scopes(run.runId, [job.scope]);
      return scope && scope.status !== 'OPEN' ? ofScope(storage, run, job.scope) : undefined;
    }
    case 'run': {
      const { outcome, reason } = await storage.runEnding(run.runId);
      return {
        kind: 'run',
        states: allStates(storage, run),
        includes: () => true,
        isWithin: () => true,
        isFailure: true,
        failure:
          outcome === 'FAILED'
            ? { code: runTimeout, message: reason }
            : cancelled('the run was cancelled', reason),
        mark: 'RUN',
        held: [],
      };
    }
    case 'below': {
      const growth = await growthOf(storage, run, job);
      if (!growth) return undefined;
      const { top, newest, output } = growth;
      const around = top.record.standing.scopes;
      const reason = await storage.cancelReason(run.runId, job);
      return {
        kind: 'below',
        states: statesOf(storage, run, growth),
        includes: () => true,
        // The scopes over the work itself lie around: they see a failure.
        isWithin: (scope) => scope.execution !== top.state && !around.some((one) => isSameScope(one, scope)),
        isFailure: true,
        failure: cancelled('what grew from a state above was cancelled', reason),
        mark: job,
        held: [],
        work: { newest, isCut: output === undefined && newest.record.status === 'EXECUTED' },
      };
    }
    case 'superseded': {
      const { state } = job;
      const [record] = await storage.records(run.runId, [state]);
      if (!record) return undefined;
      const around = record.standing.scopes;
      return {
        kind: 'superseded',
        // A uniting state may have been retried or settled since: what grew from it is found all the same.
        states: withTop({ state, record }, statesBelow({ storage, run }, state)),
        includes: () => true,
        isWithin: (scope) => !around.some((one) => isSameScope(one, scope)),
        isFailure: false,
        failure: {
          code: 'SUPERSEDED',
          message: 'a retry by hand has opened the unite again that this grew from',
        },
        mark: { superseded: state },
        held: around,
        reopened: { unite: record.standing.node, execution: record.standing.parent },
      };
    }
  }
}

function ofScope(storage: RunReader, run: LoadedRun, { unite, execution }: ScopeAddress): CancelArea {
  const { identifier } = nodeAt(run.graph, unite);
  const { covers, cancels } = unitesAt(run.graph, unite);
  return {
    kind: 'scope',
    states: statesBelow({ storage, run, within: covers }, execution),
    includes: (node) => cancels.has(node),
    isWithin: (scope) => cancels.has(scope.unite),
    isFailure: false,
    failure: { code: 'UNITE_DECIDED', message: `the unite ${identifier} was decided without it` },
    mark: { closed: { unite, execution } },
    held: [],
  };
}

function cancelled(what: string, reason: string): Failure {
  return { code: 'CANCELLED', message: reason === '' ? what : `${what}: ${reason}` };
}

async function* allStates(storage: RunReader, { runId }: LoadedRun): AsyncGenerator<FoundState[]> {
  const last = (await storage.view(runId))?.lastState ?? 0;
  for (let from = 1; from <= last; from += itemsPerRead) {
    const numbers = Array.from({ length: Math.min(itemsPerRead, last - from + 1) }, (_, i) => from + i);
    const records = await storage.records(runId, numbers);
    yield numbers.flatMap((state, i) => (records[i] ? [{ state, record: records[i] }] : []));
  }
}
