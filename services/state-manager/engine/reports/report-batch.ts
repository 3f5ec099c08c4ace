import { getOrAdd } from '../../domain/get-or-add.ts';
import type { StoreChange } from '../../domain/model/store.ts';
import type { Ack } from '../../domain/model/stream.ts';
import type { PlannedReport, RefusalReason, Settlement } from '../ports/settling.ts';
import type { HeldState, Session } from '../session/session.ts';

/** Reports of one run that one step takes. */
const maxStep = 256;
/** Reports that one turn takes. */
const maxTurn = 1_024;
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
}

/** Takes steps of reports on one run each, every state at most once; the rest has to wait for the next turn. */
export function takeSteps(waiting: readonly Waiting[]): { steps: Waiting[][]; rest: Waiting[] } {
  const steps: Waiting[][] = [];
  const rest: Waiting[] = [];
  const runs = new Map<string, Packing>();
  for (const [i, one] of waiting.entries()) {
    const { held, planned, bytes } = one;
    const run = getOrAdd(runs, held.run.runId, () => ({ step: [], states: new Set<number>(), ...nothing }));
    if (i >= maxTurn || run.states.has(held.state)) {
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
    run.children += children;
    run.changes += changes;
    run.bytes += bytes;
  }
  return { steps, rest };
}

/** The step of a run that is being filled, and the states that are in any of its steps. */
interface Packing {
  step: Waiting[];
  readonly states: Set<number>;
  children: number;
  changes: number;
  bytes: number;
}

const nothing = { children: 0, changes: 0, bytes: 0 } as const;

/** Children that the step of a report creates. */
function childrenOf({ plan: { step } }: PlannedReport): number {
  if (step.kind === 'emit') return step.total * Math.max(1, step.children.length);
  return step.kind === 'succeed' && !step.isWide ? step.total * step.children.length : 1;
}

/** Bytes that a report brings along, nearly: characters of its outputs and changes. */
export function bytesOfReport({ outputsJson, store }: PlannedReport): number {
  const ofOutputs = outputsJson.reduce((sum, output) => sum + output.length, 0);
  return (store?.changes ?? []).reduce((sum, change) => sum + bytesOf(change), ofOutputs);
}

function bytesOf(change: StoreChange): number {
  return change.kind === 'set' || change.kind === 'append' ? change.json.length : 0;
}
