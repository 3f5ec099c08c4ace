import type { Ack__Output, Assignment__Output, HeldLease, Progress } from '@fanout/proto';
import type { NodeContext } from '../nodes/context.ts';
import { type Execution, executeNode, thrown } from '../nodes/execute.ts';
import type { RuntimeLog } from '../nodes/log.ts';
import type { AnyNode } from '../nodes/node.ts';
import type { Around } from '../wire/around.ts';
import { Cancelled } from '../wire/errors.ts';
import { EmitStream } from './emit-stream.ts';
import { type OutboxFrames, type OutboxLimits, usualLimits } from './frames.ts';
import { keyOf, type WireLease } from './lease.ts';
import type { LogSender } from './log-sender.ts';
import type { NodeActivity } from './node-activity.ts';
import { emitsLost, Outbox } from './outbox.ts';
import type { Places } from './places.ts';
import { RemoteStore } from './remote-store.ts';
import { Running } from './running.ts';
import type { RuntimeCalls } from './runtime-calls.ts';
import { readItems } from './united-items.ts';

/** Time after which the event loop gets a turn between two executions, milliseconds. */
const sliceMs = 5;
/** Characters of a progress message that are sent. */
const maxProgress = 256;

/** An assignment that has found no place is requeued after this long, milliseconds. */
const maxWaitMs = 1_000;

/** Everything that a runtime holds: assignments that are executed, and reports that are not answered yet. */
export class Executions {
  readonly #nodes: ReadonlyMap<string, AnyNode>;
  readonly #places: Places;
  readonly #activity: NodeActivity;
  readonly #calls: RuntimeCalls;
  readonly #log: RuntimeLog;
  readonly #logs: LogSender;
  readonly #arounds: readonly Around<NodeContext<string>>[];
  readonly #outbox = new Outbox();
  readonly #executing = new Map<string, Running>();
  #queue: Running[] = [];
  /** Executions that have found no place, because something that was given up has not returned. */
  readonly #waiting = new Set<Running>();
  #isWorking = false;
  #frames: OutboxFrames | undefined;
  /** Limits of the newest stream, also when it is gone: what runs on must keep to them. */
  #limits = usualLimits;
  /** The newest progress of each state, until the next heartbeat. */
  readonly #progress = new Map<string, Progress>();
  /** Wakes all that wait until nothing is left. */
  readonly #idleWakes = new Set<() => void>();

  constructor(parts: {
    readonly nodes: readonly AnyNode[];
    readonly places: Places;
    readonly activity: NodeActivity;
    readonly calls: RuntimeCalls;
    readonly log: RuntimeLog;
    readonly logs: LogSender;
    readonly arounds: readonly Around<NodeContext<string>>[];
  }) {
    this.#nodes = new Map(parts.nodes.map((node) => [node.name, node]));
    this.#places = parts.places;
    this.#activity = parts.activity;
    this.#calls = parts.calls;
    this.#log = parts.log;
    this.#logs = parts.logs;
    this.#arounds = parts.arounds;
    this.#outbox.onEmpty(() => this.#wakeIdle());
  }

  /** Nothing runs, and every report is answered. */
  get isIdle(): boolean {
    return this.#executing.size === 0 && this.#outbox.isEmpty;
  }

  /** The number of executions that run now. */
  get running(): number {
    return this.#executing.size;
  }

  /** Leases of everything that is held. */
  leases(): HeldLease[] {
    return [...[...this.#executing.values()].map(({ lease }) => lease), ...this.#outbox.leases()];
  }

  /** A stream is open: what is unanswered is sent on it. */
  connected(frames: OutboxFrames, limits: OutboxLimits): void {
    this.#frames = frames;
    this.#limits = limits;
    this.#outbox.connected(frames, limits);
    for (const { emits } of this.#executing.values()) emits?.connected(frames, limits);
  }

  /** The stream is gone: what is reported now waits for the next one. */
  disconnected(): void {
    this.#frames = undefined;
    this.#outbox.disconnected();
    for (const { emits } of this.#executing.values()) emits?.disconnected();
  }

  /** Executes assignments, and lets the event loop breathe. */
  take(assignments: readonly Assignment__Output[]): void {
    for (const assignment of assignments) {
      const running: Running = new Running(assignment, this.#log, {
        openStore: () =>
          new RemoteStore({
            read: (keys) => this.#calls.readStore(running, keys),
            change: (request) => this.#calls.changeStore(running, request),
          }),
        progress: (message) => {
          // A hot loop may tell each of its rounds; people see the newest.
          if (this.#executing.get(running.key) !== running) return;
          this.#progress.set(running.key, { ...running.lease, message: message.slice(0, maxProgress) });
        },
        lines: {
          takes: (level) => this.#executing.get(running.key) === running && this.#logs.takes(level),
          add: (...line) => this.#logs.add(running.lease, ...line),
        },
      });
      this.#executing.set(running.key, running);
      this.#queue.push(running);
    }
    this.#work();
  }

  /** Takes the answer of a state manager to a report, or to emits. */
  acked(ack: Ack__Output): void {
    if (ack.status === 'ACK_STATUS_STALE_LEASE' || ack.status === 'ACK_STATUS_INVALID') this.#logRefusal(ack);
    const emits = ack.isEmit ? this.#executing.get(keyOf(ack))?.emits : undefined;
    if (emits) emits.acked(ack);
    else this.#outbox.acked(ack);
  }

  /** Fires the signal of an execution, and forgets it: its end is not waited for, but it keeps its place until then. */
  cancel(lease: WireLease, reason: Cancelled): void {
    const key = keyOf(lease);
    const running = this.#executing.get(key);
    if (!running) return;
    this.#forget(running);
    running.cancel(reason);
    running.onEnd();
    if (this.#executing.size === 0) this.#wakeIdle();
  }

  /** Gives up what is held under these leases: no report on it is taken any more. */
  abandon(leases: readonly WireLease[], reason: Cancelled): void {
    for (const lease of leases) {
      this.cancel(lease, reason);
      this.#outbox.drop(lease);
    }
  }

  /** The progress of long work since the last call. */
  takeProgress(): Progress[] {
    const progress = [...this.#progress.values()];
    this.#progress.clear();
    return progress;
  }

  /** Resolves when nothing runs and everything is answered, or when the time is up. */
  async idle(maxMs: number): Promise<void> {
    const until = performance.now() + maxMs;
    while (!this.isIdle && performance.now() < until) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          this.#idleWakes.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, until - performance.now());
        this.#idleWakes.add(wake);
      });
    }
  }

  #work(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    const step = () => {
      const until = performance.now() + sliceMs;
      let next = 0;
      while (next < this.#queue.length && performance.now() < until) this.#execute(this.#queue[next++]!);
      this.#queue = this.#queue.slice(next);
      if (this.#queue.length > 0) setImmediate(step);
      else this.#isWorking = false;
    };
    step();
  }

  #execute(running: Running): void {
    if (running.isCancelled) {
      this.#leave(running);
      return;
    }
    const { assignment } = running;
    const node = this.#nodes.get(assignment.nodeName ?? '');
    if (!node) {
      const message = `this runtime does not host node ${assignment.nodeName}`;
      this.#finish(running, { kind: 'errored', code: 'NODE_UNKNOWN', message, notRetryable: true });
      return;
    }
    if (!this.#enter(running)) {
      this.#await(running);
      return;
    }
    this.#limit(running, node);
    this.#activity.began(node.name);
    let result: Execution | Promise<Execution>;
    try {
      const inputs = JSON.parse(assignment.inputsJson || '{}') as Record<string, unknown>;
      const united = Object.fromEntries(
        (assignment.unitedInputs ?? []).map((name) => [
          name,
          readItems((pageToken) => this.#calls.page(running, name, pageToken)),
        ]),
      );
      if (node.openFanOut) running.emits = this.#openEmits(running);
      result = executeNode(node, inputs, running, { united, sink: running.emits, arounds: this.#arounds });
    } catch (error) {
      result = thrown(error, running.secrets);
    }
    this.#activity.paused();
    if (result instanceof Promise) void result.then((execution) => this.#returned(running, execution));
    else this.#returned(running, result);
  }

  /** Waits for a place. If there is none soon, the assignment is requeued, which counts no attempt: others may have one. */
  #await(running: Running): void {
    this.#waiting.add(running);
    const timer = setTimeout(() => this.#finish(running, { kind: 'requeued', delayMs: 0 }), maxWaitMs);
    running.onEnd = () => clearTimeout(timer);
  }

  /** The function of a node has returned: there is room for another one. */
  #returned(running: Running, execution: Execution): void {
    this.#activity.ended(running.assignment.nodeName ?? '');
    this.#leave(running);
    this.#finish(running, execution);
    for (const waiting of this.#waiting) {
      if (this.#places.areFull) break;
      if (!this.#enter(waiting)) continue;
      this.#waiting.delete(waiting);
      waiting.onEnd();
      this.#queue.push(waiting);
    }
    if (this.#queue.length > 0) this.#work();
  }

  /** Takes a place for an execution that has none. False: all are in use. */
  #enter(running: Running): boolean {
    running.place ??= this.#places.take(running.assignment.nodeName ?? '', () => running.describe());
    return running.place !== undefined;
  }

  #leave(running: Running): void {
    if (running.place) this.#places.free(running.place);
    running.place = undefined;
  }

  /** Ends an execution that takes longer than its node allows. */
  #limit(running: Running, { name, timeoutMs }: AnyNode): void {
    if (timeoutMs === undefined) return;
    const timer = setTimeout(() => {
      const message = `${name} took longer than its timeout of ${timeoutMs} ms`;
      running.cancel(new Cancelled('TIMEOUT', message));
      this.#finish(running, { kind: 'errored', code: 'TIMEOUT', message, notRetryable: false });
    }, timeoutMs);
    running.onEnd = () => clearTimeout(timer);
  }

  /** Opens the stream that takes the outputs of an open fan-out while it runs. */
  #openEmits(running: Running): EmitStream {
    const emits = new EmitStream({
      lease: running.lease,
      accepted: running.acceptedEmits,
      limits: this.#limits,
      signal: () => running.signal,
      onRefused: (status) =>
        this.abandon([running.lease], Cancelled.because(status.replace('ACK_STATUS_', ''))),
      onLost: () => {
        this.cancel(running.lease, Cancelled.because('EMITS_LOST'));
        this.#outbox.add(running.lease, emitsLost);
      },
    });
    if (this.#frames) emits.connected(this.#frames, this.#limits);
    return emits;
  }

  #finish(running: Running, execution: Execution): void {
    running.onEnd();
    if (this.#executing.get(running.key) !== running) return;
    this.#forget(running);
    const { lease, emits } = running;
    if (execution.kind === 'errored') this.#logFailure(running, execution);
    this.#outbox.add(lease, execution, { changes: running.takeChanges(), emits });
  }

  #forget(running: Running): void {
    this.#executing.delete(running.key);
    this.#progress.delete(running.key);
    this.#waiting.delete(running);
    if (running.place) this.#places.linger(running.place);
  }

  /** Logs a failure, for the people who look after the node. */
  #logFailure(running: Running, { code, message, stack }: Execution & { readonly kind: 'errored' }): void {
    const places = stack === undefined ? {} : { stack };
    this.#log({
      level: 'warn',
      event: 'node_failed',
      ...running.describe(),
      code,
      error: message,
      ...places,
    });
  }

  /** Logs that a report counts for nothing, or for an error: it came too late, or this runtime has made a mistake. */
  #logRefusal({ stateId, status, reason }: Ack__Output): void {
    const why = reason?.message === undefined ? {} : { error: reason.message };
    const code = status?.replace('ACK_STATUS_', '');
    this.#log({ level: 'warn', event: 'report_refused', stateId, code, ...why });
  }

  #wakeIdle(): void {
    for (const wake of [...this.#idleWakes]) wake();
  }
}
