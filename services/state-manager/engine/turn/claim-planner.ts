import { randomBytes } from 'node:crypto';
import { getOrAdd } from '../../domain/get-or-add.ts';
import { byServingOrder, nodeAt } from '../../domain/graph/graph.ts';
import { leaseToken } from '../../domain/run/lease-token.ts';
import type { Gates } from '../limits/gates.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Due } from '../ports/due.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { Claim, ClaimPlace, Taker } from '../ports/settling.ts';
import type { Session } from '../session/session.ts';
import { type HintedPlace, nodeKey, type ReadyPlaces, type RunPlaces } from './ready-places.ts';

/** Runs that one claim looks at. */
const runsPerClaim = 200;
/** States that one claim leases at most: what a script may take in one call. */
const maxClaim = 500;
/** Sessions that take what one turn makes ready: those with the least to do, so that a turn costs no more with thousands. */
const maxTakers = 16;
/** Places that a look asks for. */
const lookWidth = 256;
/** A session whose claim found its capacity used up elsewhere is left alone for this long, milliseconds. */
const pauseMs = 50;

export interface PlannedClaim extends Claim {
  readonly session: Session;
}

export interface PlannedTaker extends Taker {
  readonly session: Session;
}

/**
 * Works out which session claims which ready places: the highest priority first, then runs in turn, in each run the
 * nodes in the order that its graph wants; over all sessions evenly. How much of it there is, the script finds out.
 */
export class ClaimPlanner {
  readonly #storage: Due;
  readonly #runs: LoadedRuns;
  readonly #readyPlaces: ReadyPlaces;
  readonly #gates: Gates;
  readonly #pausedUntil = new WeakMap<Session, number>();

  constructor(storage: Due, runs: LoadedRuns, readyPlaces: ReadyPlaces, gates: Gates) {
    this.#storage = storage;
    this.#runs = runs;
    this.#readyPlaces = readyPlaces;
    this.#gates = gates;
  }

  /** Forgets a run that has not begun after all. */
  forget(runId: string): void {
    this.#runs.forget(runId);
    this.#readyPlaces.removeRun(runId);
  }

  pause(session: Session): number {
    this.#pausedUntil.set(session, performance.now() + pauseMs);
    return pauseMs;
  }

  /** The sessions that have room now, those with the least to do first. */
  withRoom(sessions: readonly Session[]): WithRoom[] {
    const now = performance.now();
    return sessions
      .filter((session) => session.room() > 0 && (this.#pausedUntil.get(session) ?? 0) <= now)
      .sort((left, right) => left.inFlight - right.inFlight)
      .map((session) => ({ session, nodeKeys: this.#nodeKeysWithRoom(session) }));
  }

  /**
   * Sessions for whose nodes nothing waits: they get what becomes ready, at once.
   * @param isTaking true for those that may be given something in another turn
   */
  takers(withRoom: readonly WithRoom[], isTaking: (session: Session) => boolean): PlannedTaker[] {
    const takers: PlannedTaker[] = [];
    for (const { session, nodeKeys } of withRoom) {
      if (takers.length === maxTakers) break;
      // Each shard counts its own leases alone: what another turn brings on one is missing in the room of the others.
      if (this.#storage.shards > 1 && isTaking(session)) continue;
      if (![...nodeKeys.values()].every((key) => this.#readyPlaces.isEmpty(key))) continue;
      const { sessionId, streamId, namespace, capacity } = session;
      const capacities = this.#capacitiesOf(session);
      // The room of a node with a capacity of its own is told to claims, and so is what its rate lets through.
      const nodeNames = [...nodeKeys.keys()].filter(
        (name) => !Object.hasOwn(capacity.perNode, name) && !session.nodes.get(name)?.rate,
      );
      if (nodeNames.length === 0) continue;
      const leaseToken = newToken(session);
      takers.push({
        session,
        sessionId,
        streamId,
        leaseToken,
        capacities,
        namespace,
        nodeNames,
      });
    }
    return takers;
  }

  /** Nodes that a session has room for, and whose rates have permits left. */
  #nodeKeysWithRoom(session: Session): Map<string, string> {
    const { namespace } = session;
    const keys = new Map<string, string>();
    for (const [nodeName, definition] of session.nodes) {
      if (session.roomFor(nodeName) === 0) continue;
      const gate = definition.rate && this.#gates.ofNode(namespace, definition);
      if (gate === undefined || this.#gates.room(gate) > 0) keys.set(nodeName, nodeKey(namespace, nodeName));
    }
    return keys;
  }

  /** Numbers of states that a session may hold of each shard: over all of them no more than its capacity. */
  #capacitiesOf(session: Session): number[] {
    const { shards } = this.#storage;
    if (shards === 1) return [session.capacity.total];
    const held = Array.from({ length: shards }, () => 0);
    for (const { run } of session.allHeld()) held[this.#storage.shardOf(run.runId)]!++;
    const room = session.room();
    return held.map((number, shard) => number + Math.floor(room / shards) + (shard < room % shards ? 1 : 0));
  }

  /** Claims of each of them. */
  async claims(withRoom: readonly WithRoom[]): Promise<PlannedClaim[]> {
    const met = this.#gates.placesMet;
    const isClosed = (place: HintedPlace) => this.#gates.isClosed(place);
    const inTurn = withRoom.map(({ session, nodeKeys }) =>
      this.#readyPlaces.runs(nodeKeys.values(), Math.min(session.room(), runsPerClaim), isClosed),
    );
    const wanted = new Set(inTurn.flat().map(({ runId }) => runId));
    if (wanted.size === 0) return [];
    const runs = await this.#runs.load(wanted);
    for (const runId of wanted) if (!runs.has(runId)) this.#readyPlaces.removeRun(runId);
    const share = new Shares(withRoom);
    const permits = new Permits(this.#gates);
    const claims = withRoom.flatMap((one, i) => this.#claimsOf(one, inTurn[i]!, { runs, share, permits }));
    // Places whose limit was not known stood before others: those are told apart now.
    const stoodInTheWay = permits.hasFoundClosed && this.#gates.placesMet > met;
    return claims.length === 0 && stoodInTheWay ? this.claims(withRoom) : claims;
  }

  /** Asks storage for work of their nodes, as far as nothing is known of it, or not for sure. */
  async look(withRoom: readonly WithRoom[]): Promise<void> {
    const wanted = new Map<string, { namespace: string; nodeName: string }>();
    for (const { session, nodeKeys } of withRoom) {
      for (const [nodeName, key] of nodeKeys) {
        if (this.#readyPlaces.needsLook(key)) wanted.set(key, { namespace: session.namespace, nodeName });
      }
    }
    if (wanted.size === 0) return;
    const nodes = [...wanted.values()];
    const shards = Array.from({ length: this.#storage.shards }, (_, shard) => shard);
    const found = await Promise.all(
      shards.map((shard) => this.#storage.readyPlaces(shard, nodes, lookWidth)),
    );
    [...wanted.keys()].forEach((key, i) => {
      const places = found.map((lists) => lists[i] ?? []);
      this.#readyPlaces.looked(
        key,
        places.flat(),
        places.every((list) => list.length < lookWidth),
      );
    });
  }

  /** Permits for a session, by the rooms of its places: it gets all that are left, as far as it has room for so many. */
  #permitted(
    session: Session,
    nodeKeys: ReadonlyMap<string, string>,
    places: readonly ClaimPlace[],
    permits: Permits,
  ): Map<string, number> {
    const most = Math.min(session.room(), maxClaim);
    const permitted = new Map<string, number>();
    for (const nodeName of nodeKeys.keys()) {
      const definition = session.nodes.get(nodeName);
      const gate = definition?.rate && this.#gates.ofNode(session.namespace, definition);
      if (gate !== undefined)
        permitted.set(nodeName, permits.take(gate, Math.min(most, session.roomFor(nodeName))));
    }
    for (const { room } of places)
      if (room !== undefined && !permitted.has(room)) permitted.set(room, permits.take(room, most));
    return permitted;
  }

  /** One claim for each shard that has work for the session. */
  #claimsOf(
    { session, nodeKeys }: WithRoom,
    inTurn: readonly RunPlaces[],
    { runs, share, permits }: { runs: ReadonlyMap<string, LoadedRun>; share: Shares; permits: Permits },
  ): PlannedClaim[] {
    const byShard = new Map<number, ClaimPlace[]>();
    const first = new Map<number, number>();
    const roomLeft = session.roomPerNode();
    const highest = inTurn.find(({ runId }) => runs.has(runId))?.priority;
    for (const { runId, places, priority } of inTurn) {
      const run = runs.get(runId);
      if (!run) continue;
      const shard = this.#storage.shardOf(runId);
      if (priority === highest) first.set(shard, (first.get(shard) ?? 0) + 1);
      const ofShard = getOrAdd(byShard, shard, (): ClaimPlace[] => []);
      const inOrder = byServingOrder(run.graph);
      for (const hint of [...places.values()].sort((left, right) => inOrder(left.node, right.node))) {
        const node = nodeAt(run.graph, hint.node);
        if (!nodeKeys.has(node.nodeName)) continue;
        const gate = node.rate && this.#gates.ofPlace(run, node);
        const permitted = gate === undefined ? maxClaim : permits.left(gate);
        // A place has one room in a claim: behind a gate that is the gate's, and the node's own is kept here.
        const own = gate === undefined ? undefined : roomLeft.get(node.nodeName);
        if (permitted === 0 || own === 0) continue;
        const atMost = Math.min(share.of(hint), permitted, own ?? maxClaim);
        if (own !== undefined) roomLeft.set(node.nodeName, own - atMost);
        ofShard.push({ run, node: hint.node, atMost, ...(gate !== undefined && { room: gate }) });
      }
    }
    // Shards share the room by their runs of the highest priority; others wait until those have none left.
    let room = Math.min(session.room(), maxClaim);
    let runsLeft = [...first.values()].reduce((sum, count) => sum + count, 0);
    for (const [name, left] of this.#permitted(session, nodeKeys, [...byShard.values()].flat(), permits))
      roomLeft.set(name, Math.min(left, roomLeft.get(name) ?? left));
    return [...first].flatMap(([shard, count]) => {
      const partOf = (whole: number) => Math.ceil((whole * count) / runsLeft);
      const atMost = partOf(room);
      const roomOf = new Map([...roomLeft].map(([nodeName, left]) => [nodeName, partOf(left)]));
      for (const [nodeName, part] of roomOf) roomLeft.set(nodeName, roomLeft.get(nodeName)! - part);
      room -= atMost;
      runsLeft -= count;
      const places = byShard.get(shard)!;
      return atMost > 0 && places.length > 0 ? [claimFor(session, { atMost, roomOf, places })] : [];
    });
  }
}

/** Permits of gates that one plan hands to its claims. */
class Permits {
  readonly #gates: Gates;
  readonly #left = new Map<string, number>();
  /** A place was met whose gate is closed. */
  hasFoundClosed = false;

  constructor(gates: Gates) {
    this.#gates = gates;
  }

  left(gate: string): number {
    const left = getOrAdd(this.#left, gate, () => this.#gates.room(gate));
    if (left === 0) this.hasFoundClosed = true;
    return left;
  }

  take(gate: string, most: number): number {
    const taken = Math.min(this.left(gate), most);
    this.#left.set(gate, this.left(gate) - taken);
    return taken;
  }
}

/** A claim of a session under a token of its own. */
export function claimFor(
  session: Session,
  wanted: Pick<PlannedClaim, 'atMost' | 'roomOf' | 'places'>,
): PlannedClaim {
  const { sessionId, streamId, capacity } = session;
  return { session, sessionId, streamId, leaseToken: newToken(session), capacity: capacity.total, ...wanted };
}

/** A session with room, and the nodes that it has room for: key by name. */
export interface WithRoom {
  readonly session: Session;
  readonly nodeKeys: ReadonlyMap<string, string>;
}

function newToken({ sessionId }: Session): string {
  return leaseToken(sessionId, randomBytes(9).toString('base64url'));
}

/** Divides what a place is thought to have evenly among the sessions that could take it. */
class Shares {
  readonly #takersOf = new Map<string, number>();

  constructor(withRoom: readonly WithRoom[]) {
    for (const { nodeKeys } of withRoom) {
      for (const key of nodeKeys.values()) this.#takersOf.set(key, (this.#takersOf.get(key) ?? 0) + 1);
    }
  }

  of({ nodeKey, ready }: HintedPlace): number {
    return ready === undefined ? maxClaim : Math.ceil(ready / (this.#takersOf.get(nodeKey) ?? 1));
  }
}
