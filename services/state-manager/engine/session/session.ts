import type { Capacity, ConnectedRuntime, NodeDefinition } from '../../domain/model/node.ts';
import type { Ack, Assignment, Cancellation, Hello } from '../../domain/model/stream.ts';
import { watchMs } from '../../domain/plan/lost-lease.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { FanoutError } from '../../errors.ts';
import type { Outlet } from '../ports/api.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';

/** A lease that a session holds, as this state manager knows it. */
export interface HeldState {
  readonly run: LoadedRun;
  readonly state: number;
  readonly stateId: string;
  readonly leaseToken: string;
  /** The record as it was when it was leased, and whether it has emitted since. */
  record: StateRecord;
  readonly nodeName: string;
  readonly heldSince: number;
  /** Resolves when all emits that have arrived are staged, or accepted. */
  staging?: Promise<void>;
}

/** One connected runtime: the nodes that it hosts, the leases that it holds, and what is about to be sent to it. */
export class Session {
  readonly sessionId: string;
  readonly streamId: string;
  readonly namespace: string;
  readonly runtimeName: string;
  readonly language: string;
  readonly nodes: ReadonlyMap<string, NodeDefinition>;
  readonly connectedAt: number;
  capacity: Capacity;
  isDraining = false;
  /** Its stream was ended for a fault that is not the runtime's. */
  hasFailed = false;
  /** Instant at which the runtime was last heard, by this process' monotonic clock, in milliseconds. */
  heardAt: number;
  /** Heard or kept since the deadline was last moved. */
  isFresh = true;
  /** Storage has refused it work: its keeper finds out whether it lives, and it claims nothing until then. */
  isDoubted = false;
  /** Number of states that it was given so far. */
  given = 0;
  /** Instant at which a thread beside the silent one last kept it, by the same clock. */
  keptAt = Number.NEGATIVE_INFINITY;

  readonly #outlet: Outlet;
  readonly #held = new Map<string, HeldState>();
  readonly #heldPerNode = new Map<string, number>();
  #expected = 0;
  /** Suspects that it executes apart from all else, and the instant until which nothing joins them. */
  readonly #apart = new Set<string>();
  #apartUntil = 0;
  #whenProved: () => void = () => {};
  #acks: Ack[] = [];
  #assignments: Assignment[] = [];
  #isFlushing = false;
  #isClosed = false;

  constructor(sessionId: string, streamId: string, hello: Hello, outlet: Outlet) {
    this.sessionId = sessionId;
    this.streamId = streamId;
    this.namespace = hello.namespace;
    this.runtimeName = hello.runtimeName;
    this.language = hello.language;
    this.nodes = new Map(hello.nodes.map((node) => [node.name, node]));
    this.capacity = hello.capacity;
    this.connectedAt = Date.now();
    this.heardAt = performance.now();
    this.#outlet = outlet;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Its runtime reads more slowly than it is sent to. */
  get isBehind(): boolean {
    return this.#outlet.isFull === true;
  }

  get inFlight(): number {
    return this.#held.size;
  }

  heard(): void {
    this.heardAt = performance.now();
    this.isFresh = true;
  }

  /** Takes a time out of its silence for which this process itself could not hear, milliseconds. */
  forgive(deafMs: number): void {
    this.heardAt = Math.min(performance.now(), this.heardAt + deafMs);
  }

  /** Has its deadline moved although the runtime is not heard: it gets nothing new for that. */
  keep(): void {
    this.keptAt = performance.now();
    this.isFresh = true;
  }

  /** The number of states that it takes now beside those that it has or expects, over all nodes. */
  room(): number {
    return this.isKeptApart ? 0 : this.roomApart();
  }

  /** `room` for suspects, which nothing else may join. */
  roomApart(): number {
    if (this.isDraining || this.#isClosed) return 0;
    return Math.max(0, this.capacity.total - this.#held.size - this.#expected);
  }

  /** Nothing new joins what it holds. */
  get isKeptApart(): boolean {
    return this.#apartUntil > performance.now();
  }

  /** Some of the suspects that it was given to prove are executed. */
  get isProving(): boolean {
    return this.#apart.size > 0 && this.isKeptApart;
  }

  /** Lets nothing join it for a time, milliseconds: a time, so that no mistake here can last. */
  keepApart(ms: number): void {
    this.#apartUntil = performance.now() + ms;
  }

  /** Lets it have suspects that nothing joins until they have ended, at most for a time. @param whenProved called then */
  prove(stateIds: Iterable<string>, ms: number, whenProved: () => void): void {
    this.#apart.clear();
    for (const stateId of stateIds) if (this.#held.has(stateId)) this.#apart.add(stateId);
    this.#whenProved = whenProved;
    this.keepApart(ms);
  }

  /** Is open for all again. */
  open(): void {
    this.#apartUntil = 0;
  }

  /**
   * Time until all that it holds was watched for long enough to be taken as harmless, milliseconds; infinite while more
   * may be on its way.
   */
  watchedIn(): number {
    if (this.#expected > 0) return Number.POSITIVE_INFINITY;
    const now = performance.now();
    let latest = now;
    for (const { heldSince, record } of this.#held.values()) {
      latest = Math.max(latest, heldSince + watchMs(record));
    }
    return latest - now;
  }

  /** Keeps room for what a claim under way may bring. @returns what gives the room back, to be called once */
  expect(states: number): () => void {
    this.#expected += states;
    return () => {
      this.#expected -= states;
    };
  }

  /** `room` for states of one node. */
  roomFor(nodeName: string): number {
    return this.#withinLimit(nodeName, this.room());
  }

  /** `roomApart` for states of one node. */
  roomApartFor(nodeName: string): number {
    return this.#withinLimit(nodeName, this.roomApart());
  }

  #withinLimit(nodeName: string, room: number): number {
    const limit = Object.hasOwn(this.capacity.perNode, nodeName)
      ? this.capacity.perNode[nodeName]!
      : undefined;
    if (limit === undefined) return room;
    return Math.max(0, Math.min(room, limit - (this.#heldPerNode.get(nodeName) ?? 0)));
  }

  /** `roomFor` the nodes that have a capacity of their own. */
  roomPerNode(): Map<string, number> {
    const limited = Object.keys(this.capacity.perNode).filter((nodeName) => this.nodes.has(nodeName));
    return new Map(limited.map((nodeName) => [nodeName, this.roomFor(nodeName)]));
  }

  /** Describes it for those who ask which runtimes are connected. */
  describe(): ConnectedRuntime {
    const { sessionId, runtimeName, language, capacity, inFlight, connectedAt, isDraining } = this;
    const nodeNames = [...this.nodes.keys()];
    return { sessionId, runtimeName, language, nodeNames, capacity, inFlight, connectedAt, isDraining };
  }

  hold(held: HeldState): void {
    if (this.#held.has(held.stateId)) this.release(held.stateId);
    this.#held.set(held.stateId, held);
    this.given++;
    this.#heldPerNode.set(held.nodeName, (this.#heldPerNode.get(held.nodeName) ?? 0) + 1);
  }

  held(stateId: string, leaseToken: string): HeldState | undefined {
    const held = this.#held.get(stateId);
    return held?.leaseToken === leaseToken ? held : undefined;
  }

  allHeld(): readonly HeldState[] {
    return [...this.#held.values()];
  }

  /** Forgets a lease. With a token: only if it is that one. */
  release(stateId: string, leaseToken?: string): void {
    const held = this.#held.get(stateId);
    if (!held || (leaseToken !== undefined && held.leaseToken !== leaseToken)) return;
    this.#held.delete(stateId);
    this.#heldPerNode.set(held.nodeName, this.#heldPerNode.get(held.nodeName)! - 1);
    if (this.#apart.delete(stateId) && this.#apart.size === 0) this.#whenProved();
  }

  assign(assignments: readonly Assignment[]): void {
    for (const assignment of assignments) this.#assignments.push(assignment);
    this.#flushSoon();
  }

  /** Sends assignments now, and not with what else becomes ready in this turn of the event loop: their permits end soon. */
  assignNow(assignments: readonly Assignment[]): void {
    for (const assignment of assignments) this.#assignments.push(assignment);
    this.#flush();
  }

  ack(ack: Ack): void {
    this.#acks.push(ack);
    this.#flushSoon();
  }

  cancel(cancellation: Cancellation): void {
    this.#outlet.send({ kind: 'cancellations', items: [cancellation] });
  }

  /** Asks the runtime for a sign of life: at once, and not behind what is about to be sent. */
  ping(nonce: number): void {
    this.#outlet.send({ kind: 'ping', nonce });
  }

  /** Answers a ping of the runtime, as soon as `ping` asks. */
  pong(nonce: number): void {
    this.#outlet.send({ kind: 'pong', nonce });
  }

  drain(reason: string, graceMs: number): void {
    this.isDraining = true;
    this.#outlet.send({ kind: 'drain', reason, graceMs });
  }

  /**
   * Ends the stream for a fault that is not the runtime's. Its leases last as long as if it had been heard now: what
   * failed here may keep it from resuming as fast as one that left by itself.
   */
  fail(error: FanoutError): void {
    this.hasFailed = true;
    this.close(error);
  }

  /** Ends the stream; nothing is sent or held any more. */
  close(error?: FanoutError): void {
    if (this.#isClosed) return;
    this.#flush();
    this.#isClosed = true;
    this.#held.clear();
    this.#heldPerNode.clear();
    this.#outlet.end(error);
  }

  /** Everything that becomes ready in one turn of the event loop goes in one frame. */
  #flushSoon(): void {
    if (this.#isFlushing || this.#isClosed) return;
    this.#isFlushing = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    if (this.#isClosed) return;
    if (this.#acks.length > 0) {
      const items = this.#acks;
      this.#acks = [];
      this.#outlet.send({ kind: 'acks', items });
    }
    if (this.#assignments.length > 0) {
      // A lease may have ended since it was claimed: what it gave a right to, secrets above all, is not sent any more.
      const items = this.#assignments.filter(({ stateId, leaseToken }) => this.held(stateId, leaseToken));
      this.#assignments = [];
      if (items.length > 0) this.#outlet.send({ kind: 'assignments', items });
    }
  }
}
