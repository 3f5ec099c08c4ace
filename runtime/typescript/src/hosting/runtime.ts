import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectResponse__Output, HeldLease, Hello } from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { logToStderr, type RuntimeLog } from '../nodes/context.ts';
import { type AnyNode, checkConcurrency, type Duration, timerMs } from '../nodes/node.ts';
import { type ChannelOptions, checkAddress, metadataOf } from '../wire/channel.ts';
import { Cancelled, FanoutError } from '../wire/errors.ts';
import { millisOf } from '../wire/wire-time.ts';
import { Connection } from './connection.ts';
import { Executions } from './executions.ts';
import { type OutboxFrames, usualLimits } from './frames.ts';
import { RuntimeCalls } from './runtime-calls.ts';

const protocolVersion = 1;
/** Names this process: its runtimes die together, so what they hold then is judged together. */
const processId = randomUUID();
/**
 * Pauses between two attempts to connect. The backoff is two lines in the loop: `cockatiel` would be a dependency of
 * every user, and has to be told just as much of what ends it.
 */
const minPauseMs = 100;
const maxPauseMs = 5_000;

/** Options of a runtime. */
export interface RuntimeOptions extends ChannelOptions {
  /** Nodes that it hosts, at least one. */
  readonly nodes: readonly AnyNode[];
  /** `host:port` of a state manager, `127.0.0.1:7600` if absent. */
  readonly address?: string | undefined;
  /** Several: the next one is tried when one is gone. */
  readonly addresses?: readonly string[] | undefined;
  /** The tenant; undefined: that of the token, else `default`. */
  readonly namespace?: string | undefined;
  /** Name for people; `[A-Za-z0-9_.-]{1,128}`. */
  readonly name?: string | undefined;
  /** Executions at once, over all nodes, a whole number from 1; 64 if absent. */
  readonly concurrency?: number | undefined;
  /** Time for which `stop` waits for what is running, `30s` if absent. */
  readonly drainTimeout?: Duration | undefined;
  /** JSON lines on stderr if absent. */
  readonly log?: RuntimeLog | undefined;
}

/** A process that hosts nodes: keeps a stream to a state manager and executes what it is assigned. */
export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #addresses: readonly string[];
  readonly #drainMs: number;
  readonly #log: RuntimeLog;
  readonly #calls: RuntimeCalls;
  readonly #executions: Executions;
  #sessionId = '';
  #addressIndex = 0;
  #connection: Connection | undefined;
  #isDraining = false;
  #isStopping = false;
  #serving: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  readonly #quit = new AbortController();

  /** @throws TypeError an option that cannot work, such as two nodes with the same name */
  constructor(options: RuntimeOptions) {
    const { address = '127.0.0.1:7600', addresses = [address], namespace = '' } = options;
    const nodes = new Map(options.nodes.map((node) => [node.name, node]));
    if (addresses.length === 0) throw new TypeError('addresses: name at least one state manager');
    if (nodes.size === 0) throw new TypeError('nodes: a runtime hosts at least one');
    if (nodes.size !== options.nodes.length) throw new TypeError('nodes: two of them have the same name');
    if (options.concurrency !== undefined) checkConcurrency('concurrency', options.concurrency);
    metadataOf(options);
    this.#options = options;
    this.#addresses = addresses.map(checkAddress);
    this.#drainMs = timerMs('drainTimeout', options.drainTimeout ?? '30s');
    this.#log = options.log ?? logToStderr;
    this.#calls = new RuntimeCalls({ ...options, namespace });
    this.#executions = new Executions(nodes, this.#calls, this.#log);
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
   * Resolves at the first welcome; a state manager that is not there yet is waited for. Harmless twice.
   * @throws FanoutError that no other try would change: a bad hello, a wrong token, another protocol. One that comes
   * later is logged as `runtime_failed`, and thrown by `run`; Error: the runtime was stopped before
   */
  start(): Promise<void> {
    if (this.#isStopping)
      return Promise.reject(new Error('this runtime was stopped, and does not start again: make a new one'));
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
    // Tells the person who pressed Ctrl-C why it does not end yet.
    const { running } = this.#executions;
    if (running > 0) this.#log({ level: 'info', event: 'stopping', running, maxMs: this.#drainMs });
    await this.#executions.idle(this.#drainMs);
    this.#abandonAll(new Cancelled('STOPPING', 'the runtime is stopping'));
    this.#leave('stopped');
    this.#quit.abort();
    // Its error has gone to the caller of `run` or `start`.
    await this.#serving?.catch(() => {});
  }

  /** Connects again and again until it is told to stop. */
  async #serve(onWelcome: () => void): Promise<void> {
    let pauseMs = minPauseMs;
    while (!this.#quit.signal.aborted) {
      const address = this.#addresses[this.#addressIndex % this.#addresses.length]!;
      try {
        const hello = this.#hello();
        const connection = await Connection.open(address, this.#options, hello, (from, frame) =>
          this.#receive(from, frame),
        );
        pauseMs = minPauseMs;
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
      pauseMs = Math.min(maxPauseMs, pauseMs * 2);
    }
  }

  #hello(): Hello {
    const { nodes, namespace = '', name = 'runtime', concurrency = 64 } = this.#options;
    const perNode = nodes.flatMap((node) =>
      node.concurrency === undefined ? [] : [[node.name, node.concurrency]],
    );
    return {
      protocolVersion,
      namespace,
      runtimeName: name,
      language: 'typescript',
      nodes: nodes.map((node) => ({
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
      heldLeases: this.#executions.leases(),
      processId,
    };
  }

  #connected(connection: Connection, address: string, held: readonly HeldLease[]): void {
    const { welcome } = connection;
    const { sessionId = '', resumed = false, lostLeases = [] } = welcome;
    const { maxFrameBytes = usualLimits.maxFrameBytes, maxOutputBytes = usualLimits.maxOutputBytes } =
      welcome;
    this.#sessionId = sessionId;
    this.#isDraining = false;
    this.#connection = connection;
    this.#calls.connected(address);
    const lost = new Cancelled('LEASE_LOST', 'the lease was lost while the runtime was not connected');
    this.#executions.abandon(resumed ? lostLeases : held, lost);
    const frames: OutboxFrames = {
      sendReports: (items) => connection.send({ reports: { items } }),
      sendEmits: (items) => connection.send({ emits: { items } }),
    };
    this.#executions.connected(frames, { maxFrameBytes, maxOutputBytes });
    this.#beat(connection, millis(welcome.heartbeatInterval, 2_500), millis(welcome.leaseInterval, 10_000));
    this.#log({ level: 'info', event: 'connected', address, sessionId, resumed });
  }

  #disconnected(): void {
    this.#connection = undefined;
    this.#executions.disconnected();
    this.#calls.disconnected();
  }

  /** Keeps the session, and notices a state manager that is silent, while there is time to go on elsewhere. */
  #beat(connection: Connection, heartbeatMs: number, leaseMs: number): void {
    // Counted in beats, not by the clock: a node that keeps the event loop busy keeps frames from being read, and
    // makes up for any number of beats with one.
    let silentMs = 0;
    const timer = setInterval(() => {
      silentMs = connection.takeHeard() ? 0 : silentMs + heartbeatMs;
      if (silentMs >= leaseMs / 2) connection.cancel();
      else connection.send({ heartbeat: { progress: this.#executions.takeProgress() } });
    }, heartbeatMs);
    void connection.ended.then(() => clearInterval(timer));
  }

  /** Ends the runtime for an error that no other try would change; after others it goes on. @throws that error */
  #handle(error: FanoutError, address: string): void {
    if (this.#quit.signal.aborted) return;
    if (isFinal(error)) {
      this.#abandonAll(new Cancelled(error.reason || 'DISCONNECTED', error.message));
      // A runtime that only started, and does not wait for its end, would be gone without a word.
      if (this.#sessionId !== '')
        this.#log({
          level: 'error',
          event: 'runtime_failed',
          address,
          reason: error.reason,
          error: error.message,
        });
      throw error;
    }
    this.#log({ level: 'warn', event: 'disconnected', address, error: error.message });
    if (error.reason !== 'SESSION_EXPIRED') return;
    this.#sessionId = '';
    this.#abandonAll(new Cancelled(error.reason, error.message));
  }

  #abandonAll(reason: Cancelled): void {
    this.#executions.abandon(this.#executions.leases(), reason);
  }

  #receive(connection: Connection, frame: ConnectResponse__Output): void {
    if (frame.assignments) {
      this.#executions.take(frame.assignments.items ?? []);
    } else if (frame.acks) {
      for (const ack of frame.acks.items ?? []) this.#executions.acked(ack);
    } else if (frame.cancellations) {
      for (const item of frame.cancellations.items ?? [])
        this.#executions.cancel(item, Cancelled.because(item.reason ?? 'CANCELLED'));
    } else if (frame.ping) {
      connection.send({ pong: frame.ping });
    } else if (frame.drain) {
      void this.#drain(connection, millis(frame.drain.grace, 10_000));
    }
    // A frame that this version does not know is none of its business.
  }

  /** The state manager is leaving: finishes what it gave, then goes to another one. */
  async #drain(connection: Connection, graceMs: number): Promise<void> {
    if (this.#isDraining || this.#isStopping) return;
    this.#isDraining = true;
    await this.#executions.idle(graceMs);
    if (this.#connection !== connection || this.#isStopping || !this.#executions.isIdle) return;
    this.#leave('drained');
  }

  #leave(reason: string): void {
    if (!this.#connection) return;
    this.#connection.send({ goodbye: { reason } });
    this.#connection.end();
    this.#sessionId = '';
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

function millis(duration: Parameters<typeof millisOf>[0] | null | undefined, absent: number): number {
  return duration ? millisOf(duration) : absent;
}
