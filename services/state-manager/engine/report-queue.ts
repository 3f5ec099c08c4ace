import { getOrAdd } from '../domain/get-or-add.ts';
import { sessionOf } from '../domain/lease-token.ts';
import type { Ack, Failure, Output, Report } from '../domain/model.ts';
import { excessFailure } from '../domain/run-limits.ts';
import { parseStateId } from '../domain/state-id.ts';
import type { StoreChange } from '../domain/store.ts';
import { FanoutError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { PlannedReport, RefusalReason, Settlement, SettleResult } from './commit-ports.ts';
import { isOpen, OpenEmits } from './open-emits.ts';
import type { PlannedAnswer, ReportedState, ReportPlanner } from './report-planner.ts';
import type { RunCache } from './run-cache.ts';
import type { RunStorage } from './run-ports.ts';
import type { HeldState, Session } from './session.ts';
import { stageOutputs } from './stage-outputs.ts';

/** Reports of one run that one step takes. */
const widestStep = 256;
/** Reports that one turn takes. */
const widestTurn = 1_024;
/** What one step may bring along: children, changes to the store, and the bytes of outputs and changes. */
const mostChildren = 1_000;
const mostChanges = 1_000;
const mostBytes = 1_000_000;
/** More outputs, or bytes of them, than this go into storage ahead of their report. */
const mostInlineOutputs = 500;
const mostInlineBytes = 500_000;

/** A report that waits for its turn. */
interface Waiting {
  readonly session: Session;
  readonly held: HeldState;
  readonly planned: PlannedReport;
  readonly answer: Pick<Ack, 'status' | 'reason'>;
  readonly bytes: number;
  /** No runtime has reported it, so none gets an answer. */
  readonly isOwn?: boolean;
  /** Was refused although no emit was missing. */
  readonly isRecount?: boolean;
  /** Of emits, which keep their lease: what became of them. */
  readonly onResult?: (result: 'COMMITTED' | RefusalReason) => void;
}

export interface Batch {
  readonly settlements: readonly Settlement[];
  readonly waiting: readonly (readonly Waiting[])[];
}

/** Reports on their way into storage, and the answers on their way back. */
export class ReportQueue {
  readonly emits: OpenEmits;
  readonly #storage: RunStorage;
  readonly #runs: RunCache;
  readonly #planner: ReportPlanner;
  readonly #log: Log;
  #waiting: Waiting[] = [];
  /** What a turn is committing, by state: another report on it is answered behind the one that is on its way. */
  readonly #committing = new Map<string, HeldState>();
  #listener: () => void = () => {};

  constructor(parts: { storage: RunStorage; runs: RunCache; planner: ReportPlanner; log: Log }) {
    this.#storage = parts.storage;
    this.#runs = parts.runs;
    this.#planner = parts.planner;
    this.#log = parts.log;
    this.emits = new OpenEmits({
      storage: parts.storage,
      commit: (session, held, first, outputs) => this.#commitEmits(session, held, first, outputs),
      fail: (session, held, failure) => this.fail(session, held, failure),
      seal: (session, held) => this.#seal(session, held),
    });
  }

  onReport(listener: () => void): void {
    this.#listener = listener;
  }

  /** Takes a report of a session. The answer goes to the session when it is durable. */
  add(session: Session, report: Report): void {
    const { stateId, leaseToken } = report;
    const held = session.held(stateId, leaseToken) ?? this.#onTheWay(stateId, leaseToken);
    const isReady = held && !held.staging && !isOpen(session, held) && !needsStorage(held, report);
    if (isReady) this.#plan(session, held, report);
    else this.#addLater(session, held, report).catch((error: Error) => this.#failed(session, report, error));
  }

  /** Ends a leased state as an error for a reason of our own, which no retry would change. */
  fail(session: Session, held: HeldState, failure: Failure): void {
    const { planned, answer } = this.#planner.refuse(reportedState(held), failure);
    this.#waiting.push({ session, held, planned, answer, bytes: 0, isOwn: true });
    this.#listener();
  }

  /** Settles a state with what it has emitted, for a reason of our own: nobody needs more. */
  #seal(session: Session, held: HeldState): void {
    const { planned, answer } = this.#planner.sealed(reportedState(held));
    this.#waiting.push({ session, held, planned, answer, bytes: 0, isOwn: true });
    this.#listener();
  }

  /** What the next turn commits: steps of reports on one run, each state at most once in the turn. */
  take(): Batch {
    const steps: Waiting[][] = [];
    const runs = new Map<
      string,
      { step: Waiting[]; states: Set<number>; children: number; changes: number; bytes: number }
    >();
    const rest: Waiting[] = [];
    for (const [i, waiting] of this.#waiting.entries()) {
      const { held, planned, bytes } = waiting;
      const run = getOrAdd(runs, held.run.runId, () => ({
        step: [],
        states: new Set<number>(),
        children: 0,
        changes: 0,
        bytes: 0,
      }));
      if (i >= widestTurn || run.states.has(held.state)) {
        rest.push(waiting);
        continue;
      }
      const children = childrenOf(planned);
      const changes = planned.store?.changes.length ?? 0;
      const isFull =
        run.step.length >= widestStep ||
        run.children + children > mostChildren ||
        run.changes + changes > mostChanges ||
        run.bytes + bytes > mostBytes;
      if (run.step.length === 0 || isFull) {
        run.step = [];
        run.children = 0;
        run.changes = 0;
        run.bytes = 0;
        steps.push(run.step);
      }
      run.step.push(waiting);
      run.states.add(held.state);
      run.children += children;
      run.changes += changes;
      run.bytes += bytes;
      if (waiting.onResult) continue;
      // Its room can be claimed in the same round trip.
      waiting.session.release(held.stateId, held.leaseToken);
      this.#committing.set(held.stateId, held);
    }
    this.#waiting = rest;
    return {
      waiting: steps,
      settlements: steps.map((step) => ({
        run: step[0]!.held.run,
        reports: step.map(({ planned }) => planned),
      })),
    };
  }

  /** Answers what was settled; the rest waits to be tried again. FAILED: storage refused some of it. */
  answer({ waiting }: Batch, settled: readonly SettleResult[]): 'DONE' | 'MORE' | 'FAILED' {
    this.#committing.clear();
    const again: Waiting[] = [];
    waiting.forEach((group, i) => {
      const result = settled[i]!;
      switch (result.kind) {
        case 'committed':
          for (const { session, held, answer, isOwn, onResult } of group) {
            if (onResult) onResult('COMMITTED');
            else if (!isOwn) session.ack({ stateId: held.stateId, leaseToken: held.leaseToken, ...answer });
          }
          break;
        case 'refused':
          for (const one of group) {
            const reason = result.reasons.get(one.held.state);
            if (reason) this.#refuse(one, reason);
            else again.push(one);
          }
          break;
        case 'alive':
        case 'failed':
          if (result.kind === 'failed')
            this.#log.warn({ event: 'settle_failed', error: result.error, runId: group[0]!.held.run.runId });
          again.push(...group);
      }
    });
    this.#waiting = [...again, ...this.#waiting];
    if (settled.some(({ kind }) => kind === 'failed')) return 'FAILED';
    return this.#waiting.length > 0 ? 'MORE' : 'DONE';
  }

  /** Nothing of a batch was committed, or nobody knows: it is tried again, which is harmless. */
  putBack({ waiting }: Batch): void {
    this.#committing.clear();
    const known = new Set(this.#waiting);
    this.#waiting = [...waiting.flat().filter((one) => !known.has(one)), ...this.#waiting];
  }

  /** Whether a report on this lease waits, or is on its way into storage. */
  has(stateId: string, leaseToken: string): boolean {
    if (this.#onTheWay(stateId, leaseToken)) return true;
    return this.#waiting.some(({ held }) => held.stateId === stateId && held.leaseToken === leaseToken);
  }

  #onTheWay(stateId: string, leaseToken: string): HeldState | undefined {
    const held = this.#committing.get(stateId);
    return held?.leaseToken === leaseToken ? held : undefined;
  }

  #plan(
    session: Session,
    held: HeldState,
    report: Report,
    emits: { readonly isRouted?: boolean; readonly isOpen?: boolean } = {},
  ): void {
    const definition = session.nodes.get(held.nodeName);
    this.#wait(session, held, this.#planner.plan(reportedState(held), report, definition, emits));
  }

  #commitEmits(
    session: Session,
    held: HeldState,
    first: number,
    outputs: readonly Output[],
  ): Promise<'COMMITTED' | RefusalReason> {
    const planned = this.#planner.emitted(reportedState(held), first, outputs);
    const bytes = outputs.reduce((sum, { outputJson }) => sum + outputJson.length, 0);
    return new Promise((onResult) => {
      this.#waiting.push({ session, held, planned, answer: { status: 'ACCEPTED' }, bytes, onResult });
      this.#listener();
    });
  }

  #wait(session: Session, held: HeldState, { planned, answer }: PlannedAnswer): void {
    const outputBytes = planned.outputsJson.reduce((sum, output) => sum + output.length, 0);
    const bytes = (planned.store?.changes ?? []).reduce((sum, change) => sum + bytesOf(change), outputBytes);
    this.#waiting.push({ session, held, planned, answer, bytes });
    this.#listener();
  }

  /** For reports that need storage first: leases from before a reconnect, emits on their way, many outputs. */
  async #addLater(session: Session, known: HeldState | undefined, report: Report): Promise<void> {
    const held = known ?? (await this.#find(session, report));
    if (!held) return;
    await held.staging;
    if (isOpen(session, held)) return this.#addOpen(session, held, report);
    const ready = isLarge(held, report) ? await this.#stage(session, held, report) : report;
    const { run, state, leaseToken } = held;
    const isRouted =
      isEmitted(ready) && (await this.#storage.isRouted({ runId: run.runId, state, leaseToken }));
    this.#plan(session, held, ready, { isRouted });
  }

  /** A report behind emits. Outputs that it brings along are the last of them. */
  async #addOpen(session: Session, held: HeldState, report: Report): Promise<void> {
    const { outcome } = report;
    const { stateId, leaseToken } = held;
    if (outcome.kind !== 'executed' || outcome.emitCount > 0) {
      return this.#plan(session, held, report, { isOpen: true });
    }
    const { outputs } = outcome;
    const definition = session.nodes.get(held.nodeName);
    const reported = reportedState(held);
    const failure =
      this.#planner.excess(reported, outputs.length) ??
      this.#planner.outputFailure(outputs, reported, definition);
    if (failure) return this.#wait(session, held, this.#planner.refuse(reportedState(held), failure));
    const refused = outputs.length > 0 ? await this.emits.addReported(session, held, outputs) : undefined;
    if (refused === 'STALE') return session.ack({ stateId, leaseToken, status: 'STALE_LEASE' });
    // Nobody needs more of them: what was accepted before is all there is.
    this.#plan(
      session,
      held,
      { ...report, outcome: { ...outcome, emitCount: outputs.length } },
      { isOpen: true },
    );
  }

  /** Looks up a lease that this state manager does not know. Answers the report if there is none. */
  async #find(session: Session, { stateId, leaseToken }: Report): Promise<HeldState | undefined> {
    const answer = (status: Ack['status']) => session.ack({ stateId, leaseToken, status });
    const place = parseStateId(stateId);
    const run = place && sessionOf(leaseToken) === session.sessionId && (await this.#runs.one(place.runId));
    if (!run || run.namespace !== session.namespace) return void answer('STALE_LEASE');
    const record = (await this.#storage.records(run.runId, [place.state]))[0];
    if (record?.leaseToken !== leaseToken) return void answer('STALE_LEASE');
    if (record.status !== 'QUEUED' && record.status !== 'CREATED') return void answer('ALREADY_SETTLED');
    const { nodeName } = run.graph.nodes[record.origins.node]!;
    return { run, state: place.state, stateId, leaseToken, record, nodeName, heldSince: performance.now() };
  }

  async #stage(session: Session, held: HeldState, report: Report): Promise<Report> {
    if (report.outcome.kind !== 'executed') return report;
    const { outputs } = report.outcome;
    const reported = reportedState(held);
    const failure =
      this.#planner.excess(reported, outputs.length) ??
      this.#planner.outputFailure(outputs, reported, session.nodes.get(held.nodeName));
    // The planner refuses it with the same words.
    if (failure) return report;
    const staged = await stageOutputs(this.#storage, held, 0, outputs);
    if (typeof staged === 'object')
      return { ...report, outcome: { kind: 'invalid', failure: excessFailure(staged, held.run.limits) } };
    return { ...report, outcome: { kind: 'executed', outputs: [], emitCount: outputs.length } };
  }

  #refuse(waiting: Waiting, reason: RefusalReason): void {
    const { session, held, isOwn } = waiting;
    const { stateId, leaseToken } = held;
    waiting.onResult?.(reason);
    if (isOwn || waiting.onResult) return;
    if (typeof reason === 'object') {
      const failure =
        'rule' in reason ? this.#planner.storeFailure(reason) : excessFailure(reason, held.run.limits);
      session.hold(held);
      this.#wait(session, held, this.#planner.refuse(reportedState(held), failure));
      return;
    }
    if (reason === 'CHANGED') {
      // Another stream of the session has emitted: the runtime sends it again, to be planned anew.
      this.#failed(session, held, new Error('the work has emitted since the report was planned'));
      return;
    }
    if (reason === 'MISSING') {
      session.hold(held);
      this.#answerMissing(waiting).catch((error: Error) => this.#failed(session, held, error));
      return;
    }
    session.ack({ stateId, leaseToken, status: reason === 'STALE' ? 'STALE_LEASE' : 'ALREADY_SETTLED' });
  }

  /** The number of emits is not the one that the report gives. */
  async #answerMissing(waiting: Waiting): Promise<void> {
    const { session, held, planned, isRecount } = waiting;
    const { stateId, leaseToken, run, state } = held;
    const { step } = planned.plan;
    if (step.kind === 'seal') {
      const total = step.total ?? 0;
      const accepted = await this.emits.accepted(held);
      if (accepted < total) {
        const missing = [{ first: accepted, end: total }];
        return session.ack({ stateId, leaseToken, status: 'MISSING_EMITS', missing });
      }
      if (accepted > total) held.record = { ...held.record, hasEmitted: true };
      const refused = this.#planner.refuse(reportedState(held), fewerThanAccepted(total, accepted));
      return this.#wait(session, held, refused);
    }
    const total = planned.plan.step.kind === 'succeed' ? planned.plan.step.total : 0;
    const missing = await this.#storage.missingEmits({ runId: run.runId, state, leaseToken }, total);
    if (missing.length > 0) {
      session.ack({ stateId, leaseToken, status: 'MISSING_EMITS', missing });
    } else if (isRecount) {
      this.#wait(session, held, this.#planner.refuse(reportedState(held), tooManyEmits(total)));
    } else {
      // The last of them may have come in between, so they are counted once more.
      this.#waiting.push({ ...waiting, isRecount: true });
      this.#listener();
    }
  }

  /** The runtime keeps an unanswered report and sends it again, so the stream's end is the way to ask for it. */
  #failed(session: Session, { stateId }: { stateId: string }, error: Error): void {
    this.#log.warn({ event: 'report_not_taken', sessionId: session.sessionId, stateId, error });
    session.close(
      new FanoutError(
        'STORAGE_UNAVAILABLE',
        'a report could not be looked up in storage: connect again and resend it',
        {
          cause: error,
        },
      ),
    );
  }
}

/** Children that the step of a report creates. */
function childrenOf({ plan: { step } }: PlannedReport): number {
  if (step.kind === 'emit') return step.total * Math.max(1, step.children.length);
  return step.kind === 'succeed' && !step.isWide ? step.total * step.children.length : 1;
}

function bytesOf(change: StoreChange): number {
  return change.kind === 'set' || change.kind === 'append' ? change.json.length : 0;
}

export function reportedState({ run, state, leaseToken, record }: HeldState): ReportedState {
  return { graph: run.graph, state, leaseToken, record, limits: run.limits };
}

function tooManyEmits(count: number): Failure {
  const message = `the report counts ${count} emits, and more have arrived: count every index that was sent, once`;
  return { code: 'REPORT_INVALID', message };
}

function fewerThanAccepted(count: number, accepted: number): Failure {
  const message = `the report counts ${count} emits, and ${accepted} of this work were accepted: an attempt that goes on must come to at least as many`;
  return { code: 'REPORT_INVALID', message };
}

function needsStorage(held: HeldState, report: Report): boolean {
  return isLarge(held, report) || isEmitted(report);
}

function isEmitted({ outcome }: Report): boolean {
  return outcome.kind === 'executed' && outcome.emitCount > 0;
}

/** Routes that are followed step by step have to be kept until then. */
function isLarge({ run, record }: HeldState, { outcome }: Report): boolean {
  if (outcome.kind !== 'executed') return false;
  const { outputs } = outcome;
  const { children } = run.graph.nodes[record.origins.node]!;
  if (outputs.length > mostInlineOutputs || isHeavy(outputs)) return true;
  return (
    outputs.length * children.length > mostInlineOutputs && outputs.some(({ route }) => route !== undefined)
  );
}

function isHeavy(outputs: readonly Output[]): boolean {
  let bytes = 0;
  for (const { outputJson } of outputs) bytes += outputJson.length;
  return outputs.length > 1 && bytes > mostInlineBytes;
}
