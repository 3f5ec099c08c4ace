import { getOrAdd } from '../../domain/get-or-add.ts';
import type { StoreChange } from '../../domain/model/store.ts';
import type { Ack } from '../../domain/model/stream.ts';
import { childrenOf, type PlannedReport, type RefusalReason, type Settlement } from '../ports/settling.ts';
import type { HeldState, Session } from '../session/session.ts';

/** Reports of one run that one step takes. */
const maxStep = 256;
/** Children, changes to the store, and bytes of outputs and changes that one step may bring along. */
const maxChildren = 1_000;
const maxChanges = 1_000;
const maxBytes = 1_000_000;

/** A report that waits for its turn. */
export interface Waiting {
  readonly session: Session;
  readonly held: HeldState;
  readonly planned: PlannedReport;
  readonly bytes: number;
  /** Goes to the session once it is committed; undefined: it is no report of a runtime. */
  readonly answer?: Pick<Ack, 'status' | 'reason'>;
  /** Number of times that its run was found broken in storage. */
  readonly brokenTries?: number;
  /** The emits were counted again after a refusal; a second refusal is final. */
  readonly isRecount?: boolean;
  /** Resolves the step of an open fan-out, which keeps its lease. */
  readonly resolve?: (result: EmitResult) => void;
}

/** The end of a step of an open fan-out. */
export type EmitResult = 'COMMITTED' | RefusalReason;

/** The reports that one turn commits, by step. */
export interface Batch {
  readonly settlements: readonly Settlement[];
  readonly waiting: readonly (readonly Waiting[])[];
  /** Weight of all of them. */
  readonly weight: number;
}

/**
 * Takes steps of reports on one run each, every state at most once; the rest has to wait for a later turn. Where more
 * wait than a turn takes, each run gets an equal part of it: one with many does not hold up one with few.
 * @param atMost weight of what the turn takes: about 1 a report, and more for what it brings along
 * @param inTurns ids of states that are in a turn already
 */
export function takeSteps(
  waiting: readonly Waiting[],
  atMost: number,
  inTurns: ReadonlySet<string> = new Set(),
): { steps: Waiting[][]; rest: Waiting[]; weight: number } {
  let weight = 0;
  const steps: Waiting[][] = [];
  const rest: Waiting[] = [];
  const runs = new Map<string, Packing>();
  const parts = partsOf(waiting, atMost);
  for (const one of waiting) {
    const { held, planned, bytes } = one;
    const run = getOrAdd(runs, held.run.runId, () => ({
      step: [],
      states: new Set<number>(),
      left: parts?.get(held.run.runId) ?? Number.POSITIVE_INFINITY,
      ...nothing,
    }));
    if (run.left <= 0 || run.states.has(held.state) || inTurns.has(held.stateId)) {
      rest.push(one);
      continue;
    }
    const children = childrenOf(planned);
    const changes = planned.store?.changes.length ?? 0;
    const isFull =
      run.step.length >= maxStep ||
      run.children + children > maxChildren ||
      run.changes + changes > maxChanges ||
      run.bytes + bytes > maxBytes;
    if (run.step.length === 0 || isFull) {
      Object.assign(run, { step: [], ...nothing });
      steps.push(run.step);
    }
    run.step.push(one);
    run.states.add(held.state);
    run.left -= weightOf(one);
    weight += weightOf(one);
    run.children += children;
    run.changes += changes;
    run.bytes += bytes;
  }
  return { steps, rest, weight };
}

/** The part of a turn that each run gets, by weight; undefined: all fits. What a run does not need goes to others. */
function partsOf(waiting: readonly Waiting[], atMost: number): Map<string, number> | undefined {
  const wanted = new Map<string, number>();
  let sum = 0;
  for (const one of waiting) {
    const weight = weightOf(one);
    const { runId } = one.held.run;
    wanted.set(runId, (wanted.get(runId) ?? 0) + weight);
    sum += weight;
  }
  if (sum <= atMost) return undefined;
  const parts = new Map<string, number>();
  let [left, runsLeft] = [atMost, wanted.size];
  for (const [runId, weight] of [...wanted].sort(([, one], [, other]) => one - other)) {
    // At least something, so that each goes on.
    const part = Math.max(1, Math.min(weight, left / runsLeft));
    parts.set(runId, part);
    left -= part;
    runsLeft--;
  }
  return parts;
}

/** Weight of a report in a turn: about 1, and more for children and bytes. */
function weightOf({ planned, bytes }: Waiting): number {
  return 1 + childrenOf(planned) / childrenAsOne + bytes / bytesAsOne;
}

/** Children, and bytes of outputs, that take about as long as a report. */
const childrenAsOne = 4;
const bytesAsOne = 8_000;

/** The step of a run that is being filled, and the states that are in any of its steps. */
interface Packing {
  step: Waiting[];
  readonly states: Set<number>;
  /** Weight that the run may still bring into the turn. */
  left: number;
  children: number;
  changes: number;
  bytes: number;
}

const nothing = { children: 0, changes: 0, bytes: 0 } as const;

/** Bytes that a report brings along, nearly: characters of its outputs and changes. */
export function bytesOfReport({ outputsJson, store }: PlannedReport): number {
  const ofOutputs = outputsJson.reduce((sum, output) => sum + output.length, 0);
  return (store?.changes ?? []).reduce((sum, change) => sum + bytesOf(change), ofOutputs);
}

function bytesOf(change: StoreChange): number {
  return change.kind === 'set' || change.kind === 'append' ? change.json.length : 0;
}
