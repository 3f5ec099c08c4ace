import { randomBytes } from 'node:crypto';
import { leaseToken } from '../domain/lease-token.ts';
import type { Claim, ClaimPlace, LoadedRun, RunStorage } from './ports.ts';
import type { RunCache } from './run-cache.ts';
import type { Session } from './session.ts';
import type { Hint, WorkHints } from './work-hints.ts';

/** Runs that one claim looks at, for one node. */
const placesPerNode = 16;
/** States that one claim leases at most: what a script may take in one call. */
const widestClaim = 500;
/** Places that a look asks for. */
const lookWidth = 256;
/** A session whose claim found its capacity used up elsewhere is left alone for this long, milliseconds. */
const pauseMs = 50;

export interface PlannedClaim extends Claim {
  readonly session: Session;
}

export function nodeKey(namespace: string, nodeName: string): string {
  return `${namespace}:${nodeName}`;
}

/** Works out who should claim what: as much as there is room for, runs in turn, over all sessions evenly. */
export class ClaimPlanner {
  readonly #storage: RunStorage;
  readonly #runs: RunCache;
  readonly #hints: WorkHints;
  readonly #pausedUntil = new WeakMap<Session, number>();

  constructor(storage: RunStorage, runs: RunCache, hints: WorkHints) {
    this.#storage = storage;
    this.#runs = runs;
    this.#hints = hints;
  }

  pause(session: Session): number {
    this.#pausedUntil.set(session, performance.now() + pauseMs);
    return pauseMs;
  }

  async plan(sessions: readonly Session[]): Promise<PlannedClaim[]> {
    const now = performance.now();
    const takers = sessions.filter(
      (session) => session.room() > 0 && (this.#pausedUntil.get(session) ?? 0) <= now,
    );
    if (takers.length === 0) return [];
    await this.#look(takers);
    const runs = await this.#loadRuns(takers);
    takers.sort((left, right) => left.inFlight - right.inFlight);
    const share = new Shares(takers);
    return takers.flatMap((session) => this.#claimsOf(session, runs, share));
  }

  /** Asks storage for work of nodes of which nothing is known. */
  async #look(takers: readonly Session[]): Promise<void> {
    const wanted = new Map<string, { namespace: string; nodeName: string }>();
    for (const { namespace, nodes } of takers) {
      for (const nodeName of nodes.keys()) {
        const key = nodeKey(namespace, nodeName);
        if (this.#hints.needsLook(key)) wanted.set(key, { namespace, nodeName });
      }
    }
    if (wanted.size === 0) return;
    const nodes = [...wanted.values()];
    const shards = Array.from({ length: this.#storage.shards }, (_, shard) => shard);
    // Before the look: a notice that comes meanwhile is not lost.
    const found = await Promise.all(shards.map((shard) => this.#storage.work(shard, nodes, lookWidth)));
    [...wanted.keys()].forEach((key, i) => {
      const places = found.map((lists) => lists[i] ?? []);
      this.#hints.looked(
        key,
        places.flat(),
        places.every((list) => list.length < lookWidth),
      );
    });
  }

  async #loadRuns(takers: readonly Session[]): Promise<Map<string, LoadedRun>> {
    const ids = new Set<string>();
    for (const { namespace, nodes } of takers) {
      for (const nodeName of nodes.keys()) {
        for (const { runId } of this.#hints.first(nodeKey(namespace, nodeName), placesPerNode))
          ids.add(runId);
      }
    }
    return this.#runs.load(ids);
  }

  #claimsOf(session: Session, runs: Map<string, LoadedRun>, share: Shares): PlannedClaim[] {
    let room = Math.min(session.room(), widestClaim);
    const byShard = new Map<number, ClaimPlace[]>();
    for (const nodeName of session.nodes.keys()) {
      const roomForNode = Math.min(room, session.roomFor(nodeName));
      if (roomForNode <= 0) continue;
      const key = nodeKey(session.namespace, nodeName);
      const hints = this.#hints.first(key, placesPerNode);
      let left = roomForNode;
      for (const [i, hint] of hints.entries()) {
        const run = runs.get(hint.runId);
        if (!run) {
          this.#hints.remove(key, hint);
          continue;
        }
        const atMost = Math.min(left, Math.ceil(left / (hints.length - i)), share.of(key, hint));
        if (atMost <= 0) continue;
        left -= atMost;
        room -= atMost;
        const shard = this.#storage.shardOf(hint.runId);
        const places = byShard.get(shard);
        const place = { run, node: hint.node, atMost };
        if (places) places.push(place);
        else byShard.set(shard, [place]);
      }
    }
    return [...byShard.values()].map((places) => this.#claim(session, places));
  }

  #claim(session: Session, places: readonly ClaimPlace[]): PlannedClaim {
    // Deeper nodes first: a run then finishes branches before it begins others.
    const ordered = [...places].sort((left, right) =>
      left.run.priority !== right.run.priority
        ? right.run.priority - left.run.priority
        : left.run === right.run
          ? right.node - left.node
          : 0,
    );
    return {
      session,
      sessionId: session.sessionId,
      streamId: session.streamId,
      leaseToken: leaseToken(session.sessionId, randomBytes(9).toString('base64url')),
      capacity: session.capacity.total,
      places: ordered,
    };
  }
}

/** Divides what a place is thought to have evenly among the sessions that could take it. */
class Shares {
  readonly #takersOf = new Map<string, number>();

  constructor(takers: readonly Session[]) {
    for (const session of takers) {
      for (const nodeName of session.nodes.keys()) {
        if (session.roomFor(nodeName) <= 0) continue;
        const key = nodeKey(session.namespace, nodeName);
        this.#takersOf.set(key, (this.#takersOf.get(key) ?? 0) + 1);
      }
    }
  }

  of(key: string, hint: Hint): number {
    return hint.ready === undefined ? widestClaim : Math.ceil(hint.ready / (this.#takersOf.get(key) ?? 1));
  }
}
