/**
 * The turns of `split → work ×3 → merge`, where `merge` unites `split`, and one runtime has room for two states. Each
 * line is one turn, and one round trip:
 *
 *     commits             claims at most 2 of   hands out        hints that stay
 *     –                   split                 split            –
 *     split: 3 outputs    merge, work           work 1, work 2   work: 1 ready
 *     work 1, work 2      merge, work           work 3           –
 *     work 3, so all 3    merge                 merge            –
 *     merge               –                     –                –
 *
 * A plan says where its commit may make states ready, so these places are claimed along with it: what `split` makes
 * is handed out in the turn that commits `split`. A claim tells how many more are ready, which is the hint for the next.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Bell } from '../../bell.ts';
import { getOrAdd } from '../../domain/get-or-add.ts';
import { nodeAt } from '../../domain/graph/graph.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type {
  ClaimedState,
  ClaimResult,
  HandedOff,
  Settlement,
  SettleResult,
  Taker,
  TriggerResult,
  Turn,
  TurnResult,
} from '../ports/settling.ts';
import type { Wake } from '../ports/storage.ts';
import type { Batch } from '../reports/report-batch.ts';
import type { Reports } from '../reports/reports.ts';
import type { HeldState, Session } from '../session/session.ts';
import { isSilent, type SessionTiming } from '../session/session-timing.ts';
import type { Assigner } from './assigner.ts';
import type { ClaimPlanner, PlannedClaim, PlannedTaker } from './claim-planner.ts';
import type { Committer } from './committer.ts';
import { answerNewRuns, type NewRuns, type WaitingRun } from './new-runs.ts';
import { nodeKey, type ReadyPlaces } from './ready-places.ts';
import { TurnOutputs } from './turn-outputs.ts';
import { TurnSize } from './turn-size.ts';
import type { UnansweredClaims } from './unanswered-claims.ts';

/** The interval at which to look for work that no notice told of, milliseconds. */
const pollMs = 1_000;
/** A pause after a turn that failed, milliseconds. */
const failurePauseMs = 50;
/** Turns that are under way at the same time: while Redis works on one, the next is planned. */
const maxTurns = 2;
/** Reports and new runs that are enough for a turn beside another one: smaller ones would cost more than they hasten. */
const worthATurn = 48;

/**
 * The heart: turn by turn it commits the reports that have come in and claims work for the room that they
 * leave, in one round trip. Reports that come during a turn go into the next one, which begins when this one has ended,
 * or at once where they are many. Steps are taken in the order of their turns, but for those that are tried again alone;
 * a state is in one turn at a time.
 */
export class Dispatcher {
  readonly #reports: Reports;
  readonly #newRuns: NewRuns;
  readonly #planner: ClaimPlanner;
  readonly #readyPlaces: ReadyPlaces;
  readonly #committer: Committer;
  readonly #assigner: Assigner;
  readonly #unansweredClaims: UnansweredClaims;
  readonly #doubts: Bell;
  readonly #log: Log;
  readonly #sessions = new Set<Session>();
  readonly #poll: Loop;
  readonly #timing: SessionTiming;
  readonly #size = new TurnSize();
  readonly #turning = new Set<Promise<void>>();
  /** Sessions whose room is not known before turns under way are answered, so many each, which may give them something. */
  readonly #taking = new Map<Session, number>();
  /** One of them was not asked in a turn beside that one: it may have claimed what waits. */
  #isLeftOut = false;
  #isPlanning = false;
  #isWanted = false;
  #isClaiming = true;
  #isStopped = false;

  constructor(parts: {
    reports: Reports;
    newRuns: NewRuns;
    planner: ClaimPlanner;
    readyPlaces: ReadyPlaces;
    committer: Committer;
    assigner: Assigner;
    unansweredClaims: UnansweredClaims;
    timing: SessionTiming;
    /** Rung when storage has refused a session work. */
    doubts: Bell;
    /** Heard here: it asks for a turn. */
    work: Bell;
    log: Log;
  }) {
    this.#reports = parts.reports;
    this.#newRuns = parts.newRuns;
    this.#planner = parts.planner;
    this.#readyPlaces = parts.readyPlaces;
    this.#committer = parts.committer;
    this.#assigner = parts.assigner;
    this.#unansweredClaims = parts.unansweredClaims;
    this.#timing = parts.timing;
    this.#doubts = parts.doubts;
    this.#log = parts.log;
    parts.work.hear(() => this.wake());
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
    await Promise.all(this.#turning);
    this.#newRuns.stop();
  }

  add(session: Session): void {
    this.#sessions.add(session);
    this.wake();
  }

  remove(session: Session): void {
    this.#sessions.delete(session);
  }

  /** Sessions that suspects may go to, those with the least to do first: alive, and with nothing on its way to them. */
  settled(): Session[] {
    if (!this.#isClaiming) return [];
    return [...this.#sessions]
      .filter((session) => !isSilent(session, this.#timing) && !session.isDoubted)
      .sort((left, right) => left.inFlight - right.inFlight);
  }

  /** True if a turn under way may give something to a session. */
  mayGive(session: Session): boolean {
    return this.#taking.has(session);
  }

  /** Says why a session is served or not. */
  describe(session: Session): string {
    if (!this.#sessions.has(session)) return 'NOT_SERVED';
    if (session.isDoubted) return 'DOUBTED';
    if (isSilent(session, this.#timing)) return 'SILENT';
    if (session.room() === 0) return 'NO_ROOM';
    return this.#taking.has(session) ? 'IN_A_TURN' : 'SERVED';
  }

  /** A place has ready states. */
  found({ namespace, nodeName, ...place }: Wake): void {
    const hosted = [...this.#sessions].some(
      (session) => session.namespace === namespace && session.nodes.has(nodeName),
    );
    if (!hosted) return;
    this.#readyPlaces.found(nodeKey(namespace, nodeName), place);
    this.wake();
  }

  /** Looks for work, whatever notices said. */
  look(): void {
    this.#readyPlaces.doubt();
    this.wake();
  }

  /** Asks for a turn: there are reports, or work, or room. */
  wake(): void {
    this.#isWanted = true;
    if (this.#isPlanning || this.#isStopped || this.#turning.size === maxTurns) return;
    if (this.#turning.size > 0 && this.#reports.size + this.#newRuns.size < worthATurn) return;
    this.#isPlanning = true;
    const turn = this.#next().finally(() => {
      this.#turning.delete(turn);
      if (this.#isWanted) this.wake();
    });
    this.#turning.add(turn);
  }

  async #next(): Promise<void> {
    // Lets everything that arrives in this turn of the event loop come along.
    await new Promise((resolve) => setImmediate(resolve));
    this.#isWanted = false;
    try {
      if (await this.#turn()) this.#isWanted = true;
    } catch (error) {
      this.#log.warn({ event: 'turn_failed', error: error as Error });
      await pause(failurePauseMs);
      this.#isWanted = true;
    }
  }

  /** Takes one turn. @returns whether another one should follow */
  async #turn(): Promise<boolean> {
    const planned = await this.#plan().finally(() => {
      this.#isPlanning = false;
    });
    const { batch, begun } = planned;
    // Suspects may have been given to a session while it was planned for.
    const claims = planned.claims.filter(({ session }) => !session.isKeptApart);
    const takers = planned.takers.filter(({ session }) => !session.isKeptApart);
    const { settlements } = batch;
    if (begun.length === 0 && settlements.length === 0 && claims.length === 0) return false;
    const newRuns = begun.map(({ run }) => run);
    const taking = takingSessions(claims, takers);
    for (const session of taking) this.#taking.set(session, (this.#taking.get(session) ?? 0) + 1);
    const expected = claims.map(({ session, atMost }) => session.expect(atMost));
    const giveRoomBack = () => {
      for (const give of expected.splice(0)) give();
    };
    let isAnswered = false;
    try {
      const committing = this.#commit({ newRuns, settlements, claims, takers });
      const timer = this.#size.begin(batch.weight, isShared(begun.length, settlements));
      if (this.#isWanted) this.wake();
      const { triggered, settled, claimed, isInDoubt } = await committing;
      timer.end();
      isAnswered = true;
      answerNewRuns(begun, triggered);
      for (const [i, { run }] of begun.entries()) {
        const { kind } = triggered[i]!;
        if (run.hasOwnId && (kind === 'failed' || kind === 'closed')) this.#planner.forget(run.runId);
      }
      const answered = this.#reports.answer(batch, settled);
      const brought = new TurnOutputs({ newRuns, settlements }, { settled, triggered });
      this.#handOff(takers, [...triggered, ...settled], isInDoubt, brought);
      giveRoomBack();
      const hasClaimed = claims.map((claim, i) => this.#take(claim, claimed[i]!, brought)).some(Boolean);
      // A claim may be older than what another turn has found since.
      if (isInDoubt) this.look();
      if (answered === 'FAILED') await pause(failurePauseMs);
      const hasCommitted = settled.some(({ kind }) => kind === 'committed');
      return answered !== 'DONE' || hasClaimed || hasCommitted || !this.#newRuns.isEmpty;
    } catch (error) {
      if (!isAnswered) this.#putBack(batch, begun, error as Error);
      throw error;
    } finally {
      giveRoomBack();
      for (const session of taking) this.#hasTaken(session);
      if (this.#isLeftOut && taking.length > 0) {
        this.#isLeftOut = false;
        this.#isWanted = true;
      }
    }
  }

  #hasTaken(session: Session): void {
    const turns = this.#taking.get(session)! - 1;
    if (turns === 0) this.#taking.delete(session);
    else this.#taking.set(session, turns);
  }

  /** Takes what waits, and plans who gets what becomes of it. */
  async #plan(): Promise<PlannedTurn> {
    const batch = this.#reports.nextBatch(this.#size.atMost);
    const begun = this.#newRuns.take();
    try {
      return { batch, begun, ...(await this.#planTaking(batch, begun)) };
    } catch (error) {
      this.#putBack(batch, begun, error as Error);
      throw error;
    }
  }

  #putBack(batch: Batch, begun: readonly WaitingRun[], error: Error): void {
    this.#reports.putBack(batch);
    for (const { reject } of begun) reject(error);
  }

  /** Plans who takes what becomes ready in this turn, and who claims what waits. */
  async #planTaking(
    batch: Batch,
    begun: readonly WaitingRun[],
  ): Promise<{ claims: PlannedClaim[]; takers: PlannedTaker[] }> {
    const sessions = this.#isClaiming
      ? [...this.#sessions].filter((session) => !isSilent(session, this.#timing) && !session.isDoubted)
      : [];
    const withRoom = this.#planner.withRoom(sessions);
    await this.#planner.look(withRoom);
    const takers = this.#planner.takers(withRoom, (session) => this.#taking.has(session));
    const taken = new Set(
      takers.flatMap(({ namespace, nodeNames }) => nodeNames.map((name) => nodeKey(namespace, name))),
    );
    for (const settlement of batch.settlements) this.#committer.announce(settlement, (key) => taken.has(key));
    for (const { run } of begun) {
      const { nodeName } = nodeAt(run.graph, run.graph.root);
      const isHosted = withRoom.some(
        ({ session, nodeKeys }) => session.namespace === run.namespace && nodeKeys.has(nodeName),
      );
      if (isHosted) this.#committer.announceRoot(run, (key) => taken.has(key));
    }
    const taking = new Set(takers.map(({ session }) => session));
    const others = withRoom.filter(({ session }) => !taking.has(session));
    const free = others.filter(({ session }) => !this.#taking.has(session));
    if (free.length < others.length) this.#isLeftOut = true;
    const claims = await this.#planner.claims(free);
    return { takers, claims };
  }

  /** Leases suspects, beside the turns, and hands them out. */
  async claimSuspects(claims: readonly PlannedClaim[]): Promise<void> {
    const { claimed } = await this.#commit({ newRuns: [], settlements: [], claims, takers: [] });
    const nothing = { newRuns: [], settlements: [], settled: [], triggered: [] };
    const brought = new TurnOutputs(nothing, nothing);
    for (const [i, claim] of claims.entries()) this.#take(claim, claimed[i]!, brought);
  }

  async #commit(
    turn: Turn & { readonly claims: readonly PlannedClaim[]; readonly takers: readonly PlannedTaker[] },
  ): Promise<TurnResult> {
    try {
      return await this.#committer.commit(turn);
    } catch (error) {
      for (const one of [...turn.claims, ...turn.takers]) this.#unansweredClaims.addUnanswered(one);
      throw error;
    }
  }

  /** Hands out what takers were given in the steps that made it ready. */
  #handOff(
    takers: readonly PlannedTaker[],
    results: readonly (TriggerResult | SettleResult)[],
    isInDoubt: boolean,
    brought: TurnOutputs,
  ): void {
    const given = new Map<Taker, ClaimedState[]>();
    for (const result of results)
      for (const one of handedOffIn(result)) getOrAdd(given, one.taker, () => []).push(one);
    // It may have been written, and only its answer is lost.
    if (isInDoubt) {
      for (const taker of takers) this.#unansweredClaims.addUnanswered(taker, idsOf(given.get(taker) ?? []));
    }
    for (const taker of takers) {
      const states = given.get(taker);
      if (states) this.#assign(taker, states, brought);
    }
  }

  /** Hands out the states that a claim has leased. @returns whether it found any */
  #take(claim: PlannedClaim, result: ClaimResult, brought: TurnOutputs): boolean {
    const { session, places } = claim;
    switch (result.kind) {
      case 'failed':
        this.#unansweredClaims.addUnanswered(claim);
        this.#log.warn({ event: 'claim_failed', error: result.error, sessionId: session.sessionId });
        setTimeout(() => this.wake(), this.#planner.pause(session)).unref();
        return false;
      case 'superseded':
      case 'expired':
        // Whether it lives is for its keeper to say, which ends it or has it claim again.
        session.isDoubted = true;
        this.#doubts.ring();
        return false;
      case 'claimed':
    }
    places.forEach(({ run, node }, i) => {
      const ready = result.left[i]!;
      if (ready > 0) this.#readyPlaces.foundIn(run, node, ready);
      else this.#readyPlaces.remove({ runId: run.runId, node });
    });
    for (const runId of new Set(result.states.map(({ run }) => run.runId))) this.#readyPlaces.served(runId);
    if (result.states.length === 0) {
      // A place with nothing is not looked at again; others may come into view then, or behind what was late.
      if (result.passed > 0 || result.left.every((left) => left === 0)) return true;
      setTimeout(() => this.wake(), this.#planner.pause(session)).unref();
      return false;
    }
    this.#assign(claim, result.states, brought);
    return true;
  }

  #assign(
    { session, leaseToken }: PlannedClaim | PlannedTaker,
    states: readonly ClaimedState[],
    brought: TurnOutputs,
  ): void {
    // If the stream is gone meanwhile, the leases end with the session, or come back when it resumes.
    if (session.isClosed) return;
    const heldSince = performance.now();
    const held: HeldState[] = states.map(({ run, state, record }) => ({
      run,
      state,
      stateId: stateIdOf(run.runId, state),
      leaseToken,
      record,
      nodeName: nodeAt(run.graph, record.standing.node).nodeName,
      heldSince,
    }));
    for (const state of held) session.hold(state);
    void this.#assigner.assign(session, held, brought);
  }
}

/** A turn: reports and new runs that it commits, and who takes what. */
interface PlannedTurn {
  readonly batch: Batch;
  readonly begun: readonly WaitingRun[];
  readonly claims: readonly PlannedClaim[];
  readonly takers: readonly PlannedTaker[];
}

/** Sessions that get more than they are known to expect: takers, and those with capacities of single nodes. */
function takingSessions(claims: readonly PlannedClaim[], takers: readonly PlannedTaker[]): Session[] {
  const ofNodes = claims.filter(({ roomOf }) => roomOf.size > 0);
  return [...ofNodes, ...takers].map(({ session }) => session);
}

/** True if several runs have a part in a turn. */
function isShared(newRuns: number, settlements: readonly Settlement[]): boolean {
  const first = settlements[0]?.run.runId;
  return newRuns > 0 || settlements.some(({ run }) => run.runId !== first);
}

function idsOf(states: readonly ClaimedState[]): Set<string> {
  return new Set(states.map(({ run, state }) => stateIdOf(run.runId, state)));
}

function handedOffIn(result: TriggerResult | SettleResult): readonly HandedOff[] {
  if (result.kind === 'committed') return result.handedOff;
  return result.kind === 'created' && result.handedOff ? [result.handedOff] : [];
}
