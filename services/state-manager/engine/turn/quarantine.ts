import { getOrAdd } from '../../domain/get-or-add.ts';
import { nodeAt } from '../../domain/graph/graph.ts';
import { watchMs } from '../../domain/plan/lost-lease.ts';
import { processOf } from '../../domain/run/lease-token.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Due, DueState } from '../ports/due.ts';
import { eachShard } from '../ports/each-shard.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { ClaimPlace } from '../ports/settling.ts';
import type { Session } from '../session/session.ts';
import { claimFor } from './claim-planner.ts';
import type { Dispatcher } from './dispatcher.ts';

/** Suspects of a shard that a round looks at. */
const suspectsPerShard = 500;
/** Time for which a session waits for the next round before it takes other work, milliseconds. */
const holdMs = 250;
/** Pause after a round that had nothing to give, milliseconds, unless something happens before; and at the least. */
const restMs = 250;
const leastMs = 20;

/** A state that was lost beside others more than once, and waits to be executed. */
interface Suspect extends DueState {
  readonly run: LoadedRun;
  readonly record: StateRecord;
  readonly nodeName: string;
  /** The most suspects that are executed together with it. */
  readonly group: number;
}

/**
 * Executes suspects apart from all else, so that a process that dies says which of them it was. A process gets one group
 * at a time: when everything that it holds has been watched for long enough, and until the group has ended or has been
 * watched as well. The most suspicious come first, and go to the processes with the least to do.
 */
export class Quarantine {
  readonly #storage: RunReader & Due;
  readonly #runs: LoadedRuns;
  readonly #dispatcher: Dispatcher;
  readonly #loop: Loop;
  readonly #kept = new WeakSet<Session>();
  /** Suspects wait that no process can take, as far as is known. */
  #areWaiting = false;
  #restUntil = 0;

  constructor(parts: { storage: RunReader & Due; runs: LoadedRuns; dispatcher: Dispatcher; log: Log }) {
    this.#storage = parts.storage;
    this.#runs = parts.runs;
    this.#dispatcher = parts.dispatcher;
    this.#loop = new Loop('quarantine', onDemand, parts.log, () => this.#round());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Has a round: suspects wait. */
  nudge(): void {
    this.#areWaiting = true;
    if (performance.now() >= this.#restUntil) this.#loop.nudge();
  }

  /** Has suspects that wait be the first that a new session is asked to take: it has nothing else yet. */
  welcome(session: Session): void {
    if (!this.#areWaiting) return;
    this.#keepApart([session], holdMs);
    this.#loop.hasten();
  }

  async #round(): Promise<void> {
    const settled = this.#dispatcher.settled();
    let waiting = settled.length === 0 ? [] : await this.#waiting();
    let [pauseMs, hasGiven] = [restMs, false];
    for (const { sessions, readyInMs } of this.#inTurn(settled)) {
      const found = groupFor(sessions, waiting);
      if (!found) {
        this.#open(sessions);
        continue;
      }
      const isTaken = new Set(found.group);
      waiting = waiting.filter((suspect) => !isTaken.has(suspect));
      if (readyInMs > 0) {
        this.#keepApart(sessions, readyInMs + holdMs);
        pauseMs = Math.min(pauseMs, readyInMs);
        continue;
      }
      hasGiven = true;
      await this.#give(found.session, sessions, found.group);
    }
    this.#areWaiting = waiting.length > 0 || settled.length === 0;
    this.#restUntil = hasGiven ? 0 : performance.now() + pauseMs;
  }

  /** Processes, first those that a group can join now, and among them those with the least to do. */
  #inTurn(settled: readonly Session[]) {
    return byProcess(settled)
      .map((sessions) => ({ sessions, readyInMs: this.#readyIn(sessions) }))
      .sort((left, right) => left.readyInMs - right.readyInMs);
  }

  /** Suspects that can be executed, the most suspicious first. */
  async #waiting(): Promise<Suspect[]> {
    const waiting: Suspect[] = [];
    await eachShard(this.#storage, async (shard) => {
      const listed = await this.#storage.suspects(shard, suspectsPerShard);
      if (listed.length > 0) waiting.push(...(await this.#read(listed)));
    });
    return waiting.sort(
      (left, right) => left.group - right.group || right.record.losses - left.record.losses,
    );
  }

  /** Reads what is listed. Forgets those whose run is gone; one that was leased meanwhile may well come back. */
  async #read(listed: readonly DueState[]): Promise<Suspect[]> {
    const byRun = new Map<string, DueState[]>();
    for (const one of listed) getOrAdd(byRun, one.runId, () => []).push(one);
    const runs = await this.#runs.load(byRun.keys());
    const suspects: Suspect[] = [];
    const gone: DueState[] = [];
    for (const [runId, ofRun] of byRun) {
      const run = runs.get(runId);
      if (!run) {
        gone.push(...ofRun);
        continue;
      }
      const numbers = ofRun.map(({ state }) => state);
      const records = await this.#storage.records(runId, numbers);
      ofRun.forEach((one, i) => {
        const record = records[i];
        if (record?.status !== 'CREATED' || !record.suspicion) return;
        const { group } = record.suspicion;
        suspects.push({ ...one, run, record, group, nodeName: nodeAt(run.graph, one.node).nodeName });
      });
    }
    if (gone.length > 0) await this.#storage.dropSuspects(gone);
    return suspects;
  }

  /** Time until all that a process holds is taken to be harmless, milliseconds. */
  #readyIn(sessions: readonly Session[]): number {
    const inMs = Math.max(...sessions.map((session) => session.watchedIn()));
    // What is on its way is known in a moment.
    const isUndecided =
      inMs === Number.POSITIVE_INFINITY || sessions.some((one) => this.#dispatcher.mayGive(one));
    return isUndecided ? leastMs : inMs;
  }

  async #give(session: Session, sessions: readonly Session[], group: readonly Suspect[]): Promise<void> {
    const longestMs = Math.max(...group.map(({ record }) => watchMs(record)));
    this.#keepApart(sessions, longestMs);
    const before = session.given;
    try {
      await this.#dispatcher.claimSuspects(this.#claims(session, group));
    } finally {
      if (session.given === before) this.#open(sessions);
    }
    if (session.given === before) return;
    const stateIds = group.map(({ runId, state }) => stateIdOf(runId, state));
    session.prove(stateIds, longestMs, () => {
      // The next group, if there is one, comes before anything else.
      this.#keepApart(sessions, holdMs);
      this.#loop.hasten();
    });
    this.#loop.within(longestMs);
  }

  /** One claim for each shard that has some of the group. */
  #claims(session: Session, group: readonly Suspect[]) {
    const byShard = new Map<number, Map<string, ClaimPlace & { suspects: number[] }>>();
    for (const { run, node, state } of group) {
      const places = getOrAdd(byShard, this.#storage.shardOf(run.runId), () => new Map());
      const place = { run, node, atMost: group.length, suspects: [] };
      getOrAdd(places, `${run.runId}:${node}`, () => place).suspects.push(state);
    }
    return [...byShard.values()].map((places) =>
      claimFor(session, { atMost: group.length, roomOf: new Map(), places: [...places.values()] }),
    );
  }

  #keepApart(sessions: readonly Session[], ms: number): void {
    for (const session of sessions) {
      session.keepApart(ms);
      this.#kept.add(session);
    }
  }

  /** Lets the sessions of a process take other work again, unless one has suspects that are watched. */
  #open(sessions: readonly Session[]): void {
    if (sessions.some(({ isProving }) => isProving)) return;
    for (const session of sessions) {
      if (!this.#kept.delete(session)) continue;
      session.open();
      this.#dispatcher.wake();
    }
  }
}

/** Sessions by the process that they belong to, in their order. */
function byProcess(sessions: readonly Session[]): Session[][] {
  const processes = new Map<string, Session[]>();
  for (const session of sessions) {
    getOrAdd(processes, processOf(session.sessionId) ?? session.sessionId, () => []).push(session);
  }
  return [...processes.values()];
}

/** The most suspicious that a process can execute, with as many others as go together with it, for one of its sessions. */
function groupFor(
  sessions: readonly Session[],
  waiting: readonly Suspect[],
): { session: Session; group: Suspect[] } | undefined {
  for (const first of waiting) {
    const session = sessions.find((one) => canTake(one, first));
    if (!session) continue;
    const roomOf = new Map<string, number>();
    const group: Suspect[] = [];
    for (const suspect of waiting) {
      if (group.length >= Math.min(first.group, session.roomApart())) break;
      const room = roomOf.get(suspect.nodeName) ?? session.roomApartFor(suspect.nodeName);
      if (room === 0 || suspect.group < first.group || !canTake(session, suspect)) continue;
      roomOf.set(suspect.nodeName, room - 1);
      group.push(suspect);
    }
    return { session, group };
  }
  return undefined;
}

function canTake(session: Session, { run, nodeName }: Suspect): boolean {
  return (
    session.namespace === run.namespace && session.nodes.has(nodeName) && session.roomApartFor(nodeName) > 0
  );
}
