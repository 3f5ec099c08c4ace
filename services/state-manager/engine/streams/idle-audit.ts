import { FanoutError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { Due } from '../ports/due.ts';
import type { RankedPlace } from '../ports/settling.ts';
import type { Session } from '../session/session.ts';
import { isSilent, type SessionTiming } from '../session/session-timing.ts';
import type { Dispatcher } from '../turn/dispatcher.ts';
import type { SessionKeeper } from './session-keeper.ts';
import type { Sessions } from './sessions.ts';

/** The shortest time between two looks, milliseconds. */
const leastMs = 1_000;

/** A session at the last look. */
interface Seen {
  /** Number of states that it had been given. */
  readonly given: number;
  /** A place that it could have been given something from; undefined: there was none. */
  readonly waiting: string | undefined;
  /** Looks in a row that have found it idle beside the same place. */
  readonly stuck: number;
}

/**
 * Finds sessions that are connected and idle while work for them waits, which no rule here allows: it trusts storage
 * alone, and asks it once for each node that has such a session. It logs what it has found, and why as far as anyone
 * knows; has the session's keeper and the dispatcher take it up again; and ends its stream if that was no help, since a
 * runtime that connects again resumes with its leases.
 */
export class IdleAudit {
  readonly #storage: Due;
  readonly #sessions: Sessions;
  readonly #dispatcher: Dispatcher;
  readonly #keeper: SessionKeeper;
  readonly #timing: SessionTiming;
  readonly #log: Log;
  readonly #loop: Loop;
  #seen = new Map<Session, Seen>();

  constructor(parts: {
    storage: Due;
    sessions: Sessions;
    dispatcher: Dispatcher;
    keeper: SessionKeeper;
    /** A lease is as long as the time between two looks. */
    timing: SessionTiming;
    log: Log;
  }) {
    this.#storage = parts.storage;
    this.#sessions = parts.sessions;
    this.#dispatcher = parts.dispatcher;
    this.#keeper = parts.keeper;
    this.#timing = parts.timing;
    this.#log = parts.log;
    const everyMs = Math.max(leastMs, parts.timing.leaseMs);
    this.#loop = new Loop('idle_audit', everyMs, parts.log, () => this.look());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Looks at all sessions once. */
  async look(): Promise<void> {
    const before = this.#seen;
    const sessions = this.#sessions.all();
    const idle = sessions.filter((one) => this.#isIdle(one) && before.get(one)?.given === one.given);
    const places = await this.#firstPlaces(idle);
    this.#seen = new Map(sessions.map((one) => [one, { given: one.given, waiting: undefined, stuck: 0 }]));
    for (const session of idle) {
      const waiting = placeFor(session, places);
      const { waiting: waited, stuck } = before.get(session)!;
      const isStuck = waiting !== undefined && waiting === waited && this.#isIdle(session);
      this.#seen.set(session, { given: session.given, waiting, stuck: isStuck ? stuck + 1 : 0 });
      if (isStuck) await this.#mend(session, waiting, stuck);
    }
  }

  /** Connected, heard, and with room. */
  #isIdle(session: Session): boolean {
    return session.room() > 0 && !isSilent(session, this.#timing);
  }

  /** First ready places of the nodes that some sessions host, by namespace and node name. */
  async #firstPlaces(sessions: readonly Session[]): Promise<ReadonlyMap<string, RankedPlace>> {
    const nodes = new Map<string, { namespace: string; nodeName: string }>();
    for (const { namespace, nodes: hosted } of sessions) {
      for (const nodeName of hosted.keys()) nodes.set(keyOf(namespace, nodeName), { namespace, nodeName });
    }
    const first = new Map<string, RankedPlace>();
    const asked = [...nodes.values()];
    for (let shard = 0; asked.length > 0 && shard < this.#storage.shards; shard++) {
      const found = await this.#storage.readyPlaces(shard, asked, 1);
      [...nodes.keys()].forEach((key, i) => {
        const [place] = found[i] ?? [];
        if (place && !first.has(key)) first.set(key, place);
      });
    }
    return first;
  }

  async #mend(session: Session, waiting: string, stuck: number): Promise<void> {
    const { sessionId, namespace, runtimeName } = session;
    const reason = this.#dispatcher.describe(session);
    const isLast = stuck > 0;
    const status = isLast ? 'ENDED' : await this.#keeper.decide(session);
    const detail = `ready states of ${waiting} wait, and it has room for ${session.room()}`;
    this.#log.error({ event: 'session_idle', sessionId, namespace, runtimeName, reason, status, detail });
    if (isLast) this.#sessions.end(session, stuckError(session));
    else if (!session.isClosed) this.#dispatcher.add(session);
    this.#dispatcher.look();
  }
}

function keyOf(namespace: string, nodeName: string): string {
  return `${namespace}:${nodeName}`;
}

/** A place that a session could be given something from, as text. */
function placeFor(session: Session, places: ReadonlyMap<string, RankedPlace>): string | undefined {
  for (const nodeName of session.nodes.keys()) {
    const place = places.get(keyOf(session.namespace, nodeName));
    if (place && session.roomFor(nodeName) > 0) return `${nodeName} in run ${place.runId}`;
  }
  return undefined;
}

function stuckError({ sessionId }: Session): FanoutError {
  return new FanoutError(
    'SESSION_EXPIRED',
    `session ${sessionId} got no work although some waits for it, for a reason that its state manager does not know: connect again`,
  );
}
