import { nodeAt } from '../../domain/graph/graph.ts';
import type { State, StateStatus } from '../../domain/model/state.ts';
import { sessionOf } from '../../domain/run/lease-token.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRun, OutputAddress } from '../ports/loaded-run.ts';
import type { RunLists } from '../ports/run-lists.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { SessionStorage } from '../ports/sessions.ts';
import { progressOf } from '../session/progress.ts';
import { ancestorsOf } from '../tree/ancestors.ts';
import { failuresOf } from '../tree/failures-of-states.ts';
import { labelsOf } from '../tree/labels-of-states.ts';

/** Readers of states, and of those that execute them. */
export interface StateSource {
  readonly runs: RunReader & RunLists;
  readonly sessions: Pick<SessionStorage, 'progress' | 'runtimeNames'>;
}

/** A state as it was read. */
export interface Row {
  readonly state: number;
  /** 0: the state itself; more: a sibling. */
  readonly sibling: number;
  readonly record: StateRecord;
}

/** The place of a state in the list: what page tokens hold. */
export type Place = Pick<Row, 'state' | 'sibling'>;

/** The rows of a page, and where the next one begins; undefined: this one is the last. */
export interface Rows {
  readonly rows: readonly Row[];
  readonly next?: Place;
}

/** The states as clients see them. */
export async function describeStates(
  { runs: storage, sessions }: StateSource,
  run: LoadedRun,
  rows: readonly Row[],
  { omitOutputs = false }: { readonly omitOutputs?: boolean } = {},
): Promise<State[]> {
  const sessionIds = rows.map(({ record }) => sessionOf(record.leaseToken));
  const [outputs, failures, ways, dueTimes, progress, names] = await Promise.all([
    omitOutputs ? [] : storage.outputs(run.runId, rows.map(outputOf)),
    failuresOf(storage, run, rows),
    ancestorsOf(
      storage,
      run,
      rows.map(({ record }) => record),
    ),
    storage.dueTimes(
      run.runId,
      rows.map(({ state, record }) => ({ state, node: record.standing.node })),
    ),
    progressOf(sessions, run.runId, rows),
    sessions.runtimeNames(run.runId, new Set(sessionIds)),
  ]);
  const labels = await labelsOf(
    storage,
    run,
    rows.map((row, i) => [outputOf(row), ...ways[i]!.outputs]),
  );
  return rows.map(({ state, sibling, record }, i) => {
    const node = nodeAt(run.graph, record.standing.node);
    const status = statusAt(record, sibling);
    const sessionId = sessionIds[i]!;
    const runtimeName = names.get(sessionId);
    return {
      stateId: stateIdOf(run.runId, state, sibling),
      runId: run.runId,
      identifier: node.identifier,
      nodeName: node.nodeName,
      status,
      attempt: record.attempt,
      isSuperseded: record.isSuperseded === true,
      path: ways[i]!.path,
      parents: ways[i]!.parents,
      ...(outputs[i] !== undefined && { outputJson: outputs[i] }),
      ...(failures[i] !== undefined && status !== 'SUCCESS' && { failure: failures[i] }),
      updatedAt: record.changedAt,
      ...timesOf(record),
      ...(record.status === 'CREATED' && dueTimes[i] !== undefined && { dueAt: dueTimes[i] }),
      ...(sibling === 0 && progress[i] !== undefined && { progress: progress[i] }),
      ...(sessionId !== '' && { sessionId }),
      ...(runtimeName !== undefined && { runtimeName }),
      ...(record.replacement !== undefined && {
        nextAttemptStateId: stateIdOf(run.runId, record.replacement),
      }),
      ...(labels[i] !== undefined && { label: labels[i] }),
    };
  });
}

/** Instants of a state's life, as far as it has come. */
function timesOf({
  status,
  changedAt,
  waitedMs = 0,
  ranMs,
}: StateRecord): Pick<State, 'createdAt' | 'startedAt' | 'endedAt'> {
  if (status === 'CREATED') return { createdAt: changedAt };
  if (status === 'QUEUED') return { createdAt: changedAt - waitedMs, startedAt: changedAt };
  const createdAt = changedAt - waitedMs - (ranMs ?? 0);
  return { createdAt, endedAt: changedAt, ...(ranMs !== undefined && { startedAt: changedAt - ranMs }) };
}

/** The place of a state's output. */
export function outputOf({ state, sibling, record }: Row): OutputAddress {
  return {
    state,
    // A state that has emitted took no output itself: under -1 stands what it was pruned with.
    output: record.hasEmitted ? sibling - 1 : sibling,
    stagedUnder: record.fanOut?.isStaged ? record.leaseToken : undefined,
  };
}

/** The state and its siblings: of an open fan-out one for each output that was accepted. */
export function siblingsOf({ fanOut }: StateRecord): number {
  if (!fanOut) return 1;
  return fanOut.isOpen ? 1 + fanOut.total : Math.max(1, fanOut.total);
}

/** Siblings of an open fan-out have done their part, whatever becomes of the state that emits. */
export function statusAt({ status, fanOut }: StateRecord, sibling: number): StateStatus {
  return fanOut?.isOpen && sibling > 0 ? 'SUCCESS' : status;
}
