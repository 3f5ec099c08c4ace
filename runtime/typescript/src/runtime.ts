import { setTimeout as delay } from 'node:timers/promises';
import type {
  Ack__Output,
  Assignment__Output,
  ConnectResponse__Output,
  HeldLease,
  Hello,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import type { ChannelOptions } from './channel.ts';
import { Connection } from './connection.ts';
import { logToStderr, type RuntimeLog } from './context.ts';
import { EmitStream } from './emit-stream.ts';
import { Cancelled, FanoutError } from './errors.ts';
import { type Execution, executeNode, thrown } from './execute.ts';
import { keyOf, type WireLease } from './lease.ts';
import { type AnyNode, type Duration, durationMs } from './node.ts';
import { emitsLost, Outbox, type OutboxFrames, type OutboxLimits } from './outbox.ts';
import { RemoteStore } from './remote-store.ts';
import { Running } from './running.ts';
import { RuntimeCalls } from './runtime-calls.ts';
import type { NodeStore } from './store.ts';
import { readItems } from './united-items.ts';
import { millisOf } from './wire-time.ts';

const protocolVersion = 1;
/** After this long the event loop gets a turn between two executions, milliseconds. */
const sliceMs = 5;
const shortestPauseMs = 100;
const longestPauseMs = 5_000;

export interface RuntimeOptions extends ChannelOptions {
  readonly nodes: readonly AnyNode[];
  /** `host:port` of a state manager. */
  readonly address?: string;
  /** Several: the next one is tried when one is gone. */
  readonly addresses?: readonly string[];
  /** The tenant; undefined: that of the token, else `default`. */
  readonly namespace?: string;
  /** For people; `[A-Za-z0-9_.-]{1,128}`. */
  readonly name?: string;
  /** Executions at once, over all nodes; 64 if absent. */
  readonly concurrency?: number;
  /** How long `stop` waits for what is running, `30s` if absent. */
  readonly drainTimeout?: Duration;
  /** JSON lines on stderr if absent. */
  readonly log?: RuntimeLog;
}

/** A process that hosts nodes: keeps a stream to a state manager and executes what it is assigned. */
export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #nodes: ReadonlyMap<string, AnyNode>;
  readonly #addresses: readonly string[];
  readonly #log: RuntimeLog;
  readonly #outbox = new Outbox();
  readonly #executing = new Map<string, Running>();
  #queue: Running[] = [];
  #isWorking = false;
  #sessionId = '';
  #addressIndex = 0;
  #connection: Connection | undefined;
  #calls: RuntimeCalls | undefined;
  #stream: { readonly frames: OutboxFrames; readonly limits: OutboxLimits } | undefined;
  #isDraining = false;
  #isStopping = false;
  #serving: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  readonly #quit = new AbortController();
  /** The newest progress of each state, until the next heartbeat. */
  readonly #progress = new Map<string, { stateId: string; leaseToken: string; message: string }>();
  /** Wakes all that wait until nothing is left. */
  readonly #idleWakes = new Set<() => void>();

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#nodes = new Map(options.nodes.map((node) => [node.name, node]));
    this.#addresses = options.addresses ?? [options.address ?? '127.0.0.1:7600'];
    this.#log = options.log ?? logToStderr;
    if (this.#addresses.length === 0) throw new TypeError('addresses: name at least one state manager');
    if (this.#nodes.size !== options.nodes.length)
      throw new TypeError('nodes: two of them have the same name');
    this.#outbox.onEmpty(() => this.#wakeIdle());
  }

  /** Serves until SIGTERM or SIGINT, then lets running work finish. @throws FanoutError see `start` */
  async run(): Promise<void> {
    const stop = () => void this.stop();
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    try {
      await this.start();
      await this.#serving;
    } finally {
      process.off('SIGTERM', stop);
      process.off('SIGINT', stop);
    }
  }

  /**
   * Resolves at the first welcome; a state manager that is not there yet is waited for.
   * @throws FanoutError that no other try would change: a bad hello, a wrong token, another protocol
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#serving ??= this.#serve(resolve);
      // Also when it stops before it was ever connected.
      this.#serving.then(resolve, reject);
    });
  }

  /** Takes nothing new, finishes what runs, waits for the answers, and leaves. Harmless twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#isStopping = true;
    this.#connection?.send({ capacity: { total: 0 } });
    await this.#idle(durationMs(this.#options.drainTimeout ?? '30s'));
    this.#abandon(new Cancelled('STOPPING', 'the runtime is stopping'));
    this.#leave('stopped');
    this.#quit.abort();
    await this.#serving?.catch(() => {});
  }

  /** Connects again and again until it is told to stop. */
  async #serve(onWelcome: () => void): Promise<void> {
    let pauseMs = shortestPauseMs;
    while (!this.#quit.signal.aborted) {
      const address = this.#addresses[this.#addressIndex % this.#addresses.length]!;
      try {
        const hello = this.#hello();
        const connection = await Connection.open(address, this.#options, hello, (from, frame) =>
          this.#receive(from, frame),
        );
        pauseMs = shortestPauseMs;
        this.#connected(connection, address, hello.heldLeases ?? []);
        onWelcome();
        // It was told to stop while the state manager made up its mind.
        if (this.#quit.signal.aborted) this.#leave('stopped');
        const error = await connection.ended;
        this.#disconnected();
        if (error) this.#handle(error, address);
        // A stream that ended as it should leads to the next state manager.
        this.#addressIndex++;
      } catch (error) {
        this.#handle(FanoutError.from(error), address);
        this.#addressIndex++;
      }
      if (!this.#quit.signal.aborted) await this.#pause(pauseMs * (0.5 + Math.random()));
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
  }

  #hello(): Hello {
    const { namespace = '', name = 'runtime', concurrency = 64 } = this.#options;
    const perNode = this.#options.nodes.flatMap((node) =>
      node.concurrency === undefined ? [] : [[node.name, node.concurrency]],
    );
    return {
      protocolVersion,
      namespace,
      runtimeName: name,
      language: 'typescript',
      nodes: this.#options.nodes.map((node) => ({
        name: node.name,
        inputSchemaJson: node.inputSchemaJson,
        outputSchemaJson: node.outputSchemaJson,
        iteratorInputs: [...node.iteratorInputs],
        secrets: [...(node.secrets ?? [])],
        openFanOut: node.openFanOut ?? false,
        description: node.description ?? '',
      })),
      capacity: { total: this.#isStopping ? 0 : concurrency, perNode: Object.fromEntries(perNode) },
      sessionId: this.#sessionId,
      heldLeases: [...[...this.#executing.values()].map(({ lease }) => lease), ...this.#outbox.leases()],
    };
  }

  #connected(connection: Connection, address: string, held: readonly HeldLease[]): void {
    const { welcome } = connection;
    const {
      sessionId = '',
      resumed = false,
      lostLeases = [],
      maxFrameBytes = 4_000_000,
      maxOutputBytes = 1_000_000,
    } = welcome;
    this.#sessionId = sessionId;
    this.#isDraining = false;
    this.#connection = connection;
    this.#calls = new RuntimeCalls(address, this.#options, this.#options.namespace ?? '');
    for (const lease of resumed ? lostLeases : held) {
      this.#cancel(
        lease,
        new Cancelled('LEASE_LOST', 'the lease was lost while the runtime was not connected'),
      );
      this.#outbox.drop(lease);
    }
    const frames: OutboxFrames = {
      sendReports: (items) => connection.send({ reports: { items } }),
      sendEmits: (items) => connection.send({ emits: { items } }),
    };
    const limits = { maxFrameBytes, maxOutputBytes };
    this.#stream = { frames, limits };
    this.#outbox.connected(frames, limits);
    for (const { emits } of this.#executing.values()) emits?.connected(frames, limits);
    this.#beat(connection, millis(welcome.heartbeatInterval, 2_500), millis(welcome.leaseInterval, 10_000));
    this.#log({ level: 'info', event: 'connected', address, sessionId, resumed });
  }

  #disconnected(): void {
    this.#connection = undefined;
    this.#stream = undefined;
    this.#outbox.disconnected();
    for (const { emits } of this.#executing.values()) emits?.disconnected();
    this.#calls?.close();
    this.#calls = undefined;
  }

  /** Keeps the session, and notices a state manager that is silent, while there is time to go on elsewhere. */
  #beat(connection: Connection, heartbeatMs: number, leaseMs: number): void {
    const timer = setInterval(() => {
      if (connection.silentMs > leaseMs / 2) connection.cancel();
      else connection.send({ heartbeat: { progress: [...this.#progress.values()] } });
      this.#progress.clear();
    }, heartbeatMs);
    void connection.ended.then(() => clearInterval(timer));
  }

  /** Throws what no other try would change. */
  #handle(error: FanoutError, address: string): void {
    if (this.#quit.signal.aborted) return;
    if (isFinal(error)) {
      this.#abandon(new Cancelled(error.reason || 'DISCONNECTED', error.message));
      throw error;
    }
    this.#log({ level: 'warn', event: 'disconnected', address, error: error.message });
    if (error.reason !== 'SESSION_EXPIRED') return;
    this.#sessionId = '';
    this.#abandon(new Cancelled(error.reason, error.message));
  }

  /** Gives up everything that is held: nobody takes reports on it any more. */
  #abandon(reason: Cancelled): void {
    for (const { lease } of [...this.#executing.values()]) this.#cancel(lease, reason);
    for (const lease of this.#outbox.leases()) this.#outbox.drop(lease);
  }

  #receive(connection: Connection, frame: ConnectResponse__Output): void {
    if (frame.assignments) {
      for (const assignment of frame.assignments.items ?? []) this.#take(assignment);
      this.#work();
    } else if (frame.acks) {
      for (const ack of frame.acks.items ?? []) this.#acked(ack);
    } else if (frame.cancellations) {
      for (const item of frame.cancellations.items ?? [])
        this.#cancel(item, Cancelled.because(item.reason ?? 'CANCELLED'));
    } else if (frame.ping) {
      connection.send({ pong: frame.ping });
    } else if (frame.drain) {
      void this.#drain(connection, millis(frame.drain.grace, 10_000));
    }
    // A frame that this version does not know is none of its business.
  }

  #acked(ack: Ack__Output): void {
    const emits = ack.isEmit ? this.#executing.get(keyOf(ack))?.emits : undefined;
    if (emits) emits.acked(ack);
    else this.#outbox.acked(ack);
  }

  /** What takes the outputs of an open fan-out while it runs. */
  #openEmits(running: Running): EmitStream {
    const emits = new EmitStream({
      lease: running.lease,
      accepted: running.acceptedEmits,
      signal: () => running.signal,
      onRefused: (status) => {
        this.#cancel(running.lease, Cancelled.because(status.replace('ACK_STATUS_', '')));
        this.#outbox.drop(running.lease);
      },
      onLost: () => {
        this.#cancel(running.lease, Cancelled.because('EMITS_LOST'));
        this.#outbox.add(running.lease, emitsLost);
      },
    });
    if (this.#stream) emits.connected(this.#stream.frames, this.#stream.limits);
    return emits;
  }

  #take(assignment: Assignment__Output): void {
    const running: Running = new Running(
      assignment,
      this.#log,
      () => this.#storeOf(running),
      (message) => {
        // A hot loop may tell each of its rounds; people see the newest.
        if (this.#executing.get(running.key) !== running) return;
        this.#progress.set(running.key, { ...running.lease, message: message.slice(0, 256) });
      },
    );
    this.#executing.set(running.key, running);
    this.#queue.push(running);
  }

  /** Executes what is queued, and lets the event loop breathe. */
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
    if (running.isCancelled) return;
    const { assignment } = running;
    const node = this.#nodes.get(assignment.nodeName ?? '');
    if (!node) {
      const message = `this runtime does not host node ${assignment.nodeName}`;
      this.#finish(running, { kind: 'errored', code: 'NODE_UNKNOWN', message, notRetryable: true });
      return;
    }
    const { timeoutMs } = node;
    if (timeoutMs !== undefined) {
      const timer = setTimeout(() => {
        const message = `${node.name} took longer than its timeout of ${timeoutMs} ms`;
        running.cancel(new Cancelled('TIMEOUT', message));
        this.#finish(running, { kind: 'errored', code: 'TIMEOUT', message, notRetryable: false });
      }, timeoutMs);
      running.onEnd = () => clearTimeout(timer);
    }
    let result: Execution | Promise<Execution>;
    try {
      const inputs = JSON.parse(assignment.inputsJson || '{}') as Record<string, unknown>;
      const united = Object.fromEntries(
        (assignment.unitedInputs ?? []).map((name) => [name, this.#list(running, name)]),
      );
      if (node.openFanOut) running.emits = this.#openEmits(running);
      result = executeNode(node, inputs, running, united, running.emits);
    } catch (error) {
      result = thrown(error, running.secrets);
    }
    if (result instanceof Promise) void result.then((execution) => this.#finish(running, execution));
    else this.#finish(running, result);
  }

  #list(running: Running, input: string): AsyncGenerator<unknown> {
    return readItems((pageToken) =>
      this.#ask(running, (calls) => calls.page(running.lease, input, pageToken)),
    );
  }

  #storeOf(running: Running): NodeStore {
    const { lease } = running;
    return new RemoteStore({
      read: (keys) => this.#ask(running, (calls) => calls.readStore(lease, keys)),
      change: (request) => this.#ask(running, (calls) => calls.changeStore(lease, request)),
    });
  }

  /** Asks whichever state manager there is; one that is away or full for a moment is asked again. */
  async #ask<T>(running: Running, ask: (calls: RuntimeCalls) => Promise<T>): Promise<T> {
    for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      running.signal.throwIfAborted();
      try {
        if (this.#calls) return await ask(this.#calls);
      } catch (error) {
        if (!isPassing(FanoutError.from(error))) throw error;
      }
      await this.#pause(pauseMs);
    }
  }

  #finish(running: Running, execution: Execution): void {
    running.onEnd();
    if (this.#executing.get(running.key) !== running) return;
    this.#executing.delete(running.key);
    this.#progress.delete(running.key);
    const { lease, emits } = running;
    this.#outbox.add(lease, execution, { changes: running.takeChanges(), emits });
  }

  #cancel(lease: WireLease, reason: Cancelled): void {
    const key = keyOf(lease);
    const running = this.#executing.get(key);
    if (!running) return;
    this.#executing.delete(key);
    this.#progress.delete(key);
    running.cancel(reason);
    running.onEnd();
    if (this.#executing.size === 0) this.#wakeIdle();
  }

  /** The state manager is leaving: finishes what it gave, then goes to another one. */
  async #drain(connection: Connection, graceMs: number): Promise<void> {
    if (this.#isDraining || this.#isStopping) return;
    this.#isDraining = true;
    await this.#idle(graceMs);
    if (
      this.#connection !== connection ||
      this.#isStopping ||
      !this.#outbox.isEmpty ||
      this.#executing.size > 0
    )
      return;
    this.#leave('drained');
  }

  #leave(reason: string): void {
    if (!this.#connection) return;
    this.#connection.send({ goodbye: { reason } });
    this.#connection.end();
    this.#sessionId = '';
  }

  /** Resolves when nothing runs and everything is answered, or when the time is up. */
  async #idle(longestMs: number): Promise<void> {
    const until = performance.now() + longestMs;
    while ((this.#executing.size > 0 || !this.#outbox.isEmpty) && performance.now() < until) {
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

  #wakeIdle(): void {
    for (const wake of [...this.#idleWakes]) wake();
  }

  /** Waits, but not beyond the end of the runtime. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#quit;
    await delay(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

function isFinal({ code, reason }: FanoutError): boolean {
  const finalCodes: readonly grpc.status[] = [
    grpc.status.INVALID_ARGUMENT,
    grpc.status.PERMISSION_DENIED,
    grpc.status.UNAUTHENTICATED,
    grpc.status.UNIMPLEMENTED,
  ];
  return finalCodes.includes(code) || reason === 'PROTOCOL_VERSION' || reason === 'SESSION_SUPERSEDED';
}

/** Whether the same call may succeed in a moment. */
function isPassing({ code, reason }: FanoutError): boolean {
  if (reason === 'STORAGE_FULL') return true;
  return [grpc.status.UNAVAILABLE, grpc.status.CANCELLED, grpc.status.DEADLINE_EXCEEDED].includes(code);
}

function millis(duration: Parameters<typeof millisOf>[0] | null | undefined, absent: number): number {
  return duration ? millisOf(duration) : absent;
}
