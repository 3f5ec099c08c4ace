import { setTimeout as pause } from 'node:timers/promises';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { ClaimResult } from '../ports/settling.ts';
import type { Wake } from '../ports/storage.ts';
import type { Batch } from '../reports/report-batch.ts';
import type { ReportQueue } from '../reports/report-queue.ts';
import type { HeldState, Session } from '../session/session.ts';
import type { Assigner } from './assigner.ts';
import type { ClaimPlanner, PlannedClaim } from './claim-planner.ts';
import type { Committer } from './committer.ts';
import { nodeKey, type ReadyPlaces } from './ready-places.ts';
import type { UnansweredClaims } from './unanswered-claims.ts';

/** How often to look for work that no notice told of, milliseconds. */
const pollMs = 1_000;
/** A pause after a turn that failed, milliseconds. */
const failurePauseMs = 50;

/**
 * The heart: turn by turn it commits the reports that have come in and claims work for the room that they
 * leave, in one round trip. What arrives during a turn goes into the next one.
 */
export class Dispatcher {
  readonly #queue: ReportQueue;
  readonly #planner: ClaimPlanner;
  readonly #hints: ReadyPlaces;
  readonly #committer: Committer;
  readonly #assigner: Assigner;
  readonly #lostClaims: UnansweredClaims;
  readonly #log: Log;
  readonly #sessions = new Set<Session>();
  readonly #poll: Loop;
  readonly #isSuspect: (session: Session) => boolean;
  #turning: Promise<void> | undefined;
  #isWanted = false;
  #isClaiming = true;
  #isStopped = false;

  constructor(parts: {
    queue: ReportQueue;
    planner: ClaimPlanner;
    hints: ReadyPlaces;
    committer: Committer;
    assigner: Assigner;
    lostClaims: UnansweredClaims;
    /** Whether a session has been silent for so long that it gets no new work. */
    isSuspect: (session: Session) => boolean;
    log: Log;
  }) {
    this.#queue = parts.queue;
    this.#planner = parts.planner;
    this.#hints = parts.hints;
    this.#committer = parts.committer;
    this.#assigner = parts.assigner;
    this.#lostClaims = parts.lostClaims;
    this.#isSuspect = parts.isSuspect;
    this.#log = parts.log;
    this.#queue.onReport(() => this.wake());
    this.#poll = new Loop('work_poll', pollMs, this.#log, async () => this.look());
  }

  start(): void {
    this.#poll.start();
  }

  /** Claims nothing from now on. */
  stopClaiming(): void {
    this.#isClaiming = false;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#poll.stop();
    await this.#turning;
  }

  add(session: Session): void {
    this.#sessions.add(session);
    this.wake();
  }

  remove(session: Session): void {
    this.#sessions.delete(session);
  }

  /** A place has ready states. */
  found({ namespace, nodeName, ...place }: Wake): void {
    const hosted = [...this.#sessions].some(
      (session) => session.namespace === namespace && session.nodes.has(nodeName),
    );
    if (!hosted) return;
    this.#hints.found(nodeKey(namespace, nodeName), place);
    this.wake();
  }

  /** Looks for work, whatever notices said. */
  look(): void {
    this.#hints.doubt();
    this.wake();
  }

  /** Asks for a turn: there are reports, or work, or room. */
  wake(): void {
    this.#isWanted = true;
    if (this.#turning || this.#isStopped) return;
    this.#turning = this.#turns().finally(() => {
      this.#turning = undefined;
      if (this.#isWanted && !this.#isStopped) this.wake();
    });
  }

  async #turns(): Promise<void> {
    // Lets everything that arrives in this turn of the event loop come along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      try {
        if (await this.#turn()) this.#isWanted = true;
      } catch (error) {
        this.#log.warn({ event: 'turn_failed', error: error as Error });
        this.#isWanted = true;
        await pause(failurePauseMs);
      }
    }
  }

  /** One turn. True if another one should follow. */
  async #turn(): Promise<boolean> {
    const batch = this.#queue.take();
    for (const settlement of batch.settlements) this.#committer.announce(settlement);
    try {
      const claims = await this.#planClaims();
      if (batch.settlements.length === 0 && claims.length === 0) return false;
      const { settled, claimed } = await this.#commit(batch, claims);
      const answered = this.#queue.answer(batch, settled);
      const hasClaimed = claims.map((claim, i) => this.#take(claim, claimed[i]!)).some(Boolean);
      if (answered === 'FAILED') await pause(failurePauseMs);
      return answered !== 'DONE' || hasClaimed || settled.some(({ kind }) => kind === 'committed');
    } catch (error) {
      this.#queue.putBack(batch);
      throw error;
    }
  }

  async #commit({ settlements }: Batch, claims: readonly PlannedClaim[]) {
    try {
      return await this.#committer.commit(settlements, claims);
    } catch (error) {
      for (const claim of claims) this.#lostClaims.addUnanswered(claim);
      throw error;
    }
  }

  async #planClaims(): Promise<PlannedClaim[]> {
    if (!this.#isClaiming || this.#sessions.size === 0) return [];
    return this.#planner.plan([...this.#sessions].filter((session) => !this.#isSuspect(session)));
  }

  /** Hands out what a claim has leased. True if it found something. */
  #take(claim: PlannedClaim, result: ClaimResult): boolean {
    const { session, places } = claim;
    switch (result.kind) {
      case 'failed':
        this.#lostClaims.addUnanswered(claim);
        this.#log.warn({ event: 'claim_failed', error: result.error, sessionId: session.sessionId });
        setTimeout(() => this.wake(), this.#planner.pause(session)).unref();
        return false;
      case 'superseded':
      case 'expired':
        // The keeper of sessions learns the same with the next heartbeat, and ends the stream.
        this.#sessions.delete(session);
        return false;
      case 'claimed':
    }
    places.forEach(({ run, node }, i) => {
      const ready = result.left[i]!;
      if (ready > 0) this.#hints.foundIn(run, node, ready);
      else this.#hints.remove({ runId: run.runId, node });
    });
    for (const runId of new Set(result.states.map(({ run }) => run.runId))) this.#hints.served(runId);
    if (result.states.length === 0) {
      // Where there is nothing, nobody looks again; others may come into view then, or behind what was late.
      if (result.passed > 0 || result.left.every((left) => left === 0)) return true;
      setTimeout(() => this.wake(), this.#planner.pause(session)).unref();
      return false;
    }
    const held: HeldState[] = result.states.map(({ run, state, record }) => ({
      run,
      state,
      stateId: stateIdOf(run.runId, state),
      leaseToken: claim.leaseToken,
      record,
      nodeName: run.graph.nodes[record.standing.node]!.nodeName,
      heldSince: performance.now(),
    }));
    // If the stream is gone meanwhile, the leases end with the session, or come back when it resumes.
    if (session.isClosed) return true;
    for (const state of held) session.hold(state);
    void this.#assigner.assign(session, held);
    return true;
  }
}
