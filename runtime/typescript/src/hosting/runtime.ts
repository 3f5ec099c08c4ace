import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Assignment__Output, Capacity, ConnectResponse__Output, Hello } from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { timerMs } from '../nodes/durations.ts';
import { logToStderr, type RuntimeLog, unfailing } from '../nodes/log.ts';
import { checkConcurrency } from '../nodes/node.ts';
import { type Address, AddressBook, inOrderOf } from '../wire/addresses.ts';
import { listOfArounds } from '../wire/around.ts';
import { addressesOf, metadataOf } from '../wire/channel.ts';
import { Cancelled, FanoutError } from '../wire/errors.ts';
import { checkOptions } from '../wire/options.ts';
import { millisOf } from '../wire/wire-time.ts';
import { Connection } from './connection.ts';
import { Executions } from './executions.ts';
import { type OutboxFrames, usualLimits } from './frames.ts';
import { helloOf } from './hello.ts';
import { LogSender, runLogs } from './log-sender.ts';
import { LoopWatch } from './loop-watch.ts';
import { NodeActivity } from './node-activity.ts';
import { Places } from './places.ts';
import { RuntimeCalls } from './runtime-calls.ts';
import { type RuntimeOptions, runtimeOptionNames } from './runtime-options.ts';

/**
 * Pauses between two rounds of attempts to connect. The backoff is two lines in the loop: `cockatiel` would be a
 * dependency of every user, and has to be told just as much of what ends it.
 */
const minPauseMs = 100;
const maxPauseMs = 2_000;

/** A process that hosts nodes: keeps a stream to a state manager and executes what it is assigned. */
export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #id = randomUUID();
  readonly #addresses: AddressBook;
  /** State managers that were found at the last look. */
  #known: readonly Address[] = [];
  readonly #returnMs: number;
  readonly #drainMs: number;
  readonly #log: RuntimeLog;
  readonly #calls: RuntimeCalls;
  readonly #places: Places;
  readonly #logs: LogSender;
  readonly #executions: Executions;
  readonly #watch: LoopWatch;
  #sessionId = '';
  #connection: Connection | undefined;
  /** Assignments that came on the stream that is about to be left; undefined: none is. */
  #early: Assignment__Output[] | undefined;
  #isCapacityStale = false;
  #isDraining = false;
  #isStopping = false;
  /** Settles at the first welcome, or when there will be none. */
  #started: Promise<void> | undefined;
  #serving: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  readonly #quit = new AbortController();

  /** @throws TypeError an option that it does not know or that cannot work, such as two nodes with the same name */
  constructor(options: RuntimeOptions) {
    checkOptions('Runtime', options, runtimeOptionNames);
    const { nodes, namespace = '', concurrency = 64 } = options;
    const log = unfailing(options.log ?? logToStderr);
    const names = new Set(nodes.map(({ name }) => name));
    if (names.size === 0) throw new TypeError('nodes: a runtime hosts at least one');
    if (names.size !== nodes.length) throw new TypeError('nodes: two of them have the same name');
    checkConcurrency('concurrency', concurrency);
    const { runLogs: leastLevel = 'info' } = options;
    if (!runLogs.includes(leastLevel))
      throw new TypeError(`runLogs: "${leastLevel}" is none of ${runLogs.join(', ')}`);
    metadataOf(options);
    this.#options = options;
    this.#addresses = new AddressBook(addressesOf(options));
    this.#returnMs = timerMs('returnAfter', options.returnAfter ?? '30s');
    this.#drainMs = timerMs('drainTimeout', options.drainTimeout ?? '30s');
    const maxBlockedMs = timerMs('maxBlocked', options.maxBlocked ?? '10m');
    this.#log = log;
    this.#calls = new RuntimeCalls({ ...options, namespace });
    this.#places = new Places(nodes, concurrency, log, () => this.#tellCapacity());
    const activity = new NodeActivity([...names]);
    this.#logs = new LogSender(leastLevel);
    const arounds = listOfArounds(options.around);
    this.#executions = new Executions({
      nodes,
      places: this.#places,
      activity,
      calls: this.#calls,
      log,
      logs: this.#logs,
      arounds,
    });
    const { token, tls } = options;
    this.#watch = new LoopWatch({ token, tls, namespace, activity, maxBlockedMs, log });
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
    this.#started ??= new Promise((resolve, reject) => {
      this.#serving = this.#serve(resolve);
      // Also when it stops before it was ever connected.
      this.#serving.then(resolve, reject);
    });
    // One that has ended since its first welcome tells with what.
    return Promise.race([this.#serving, this.#started]);
  }

  /** Takes nothing new, finishes what runs, waits for the answers, and leaves. Harmless twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#isStopping = true;
    this.#connection?.send({ capacity: this.#capacity() });
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
    this.#watch.start();
    try {
      let pauseMs = minPauseMs;
      let left: Address | undefined;
      while (!this.#quit.signal.aborted) {
        const connection = await this.#connect(left);
        if (connection) {
          pauseMs = minPauseMs;
          onWelcome();
          left = await this.#stay(connection);
        }
        if (!this.#quit.signal.aborted) await this.#pause(pauseMs * (0.5 + Math.random()));
        pauseMs = Math.min(maxPauseMs, pauseMs * 2);
      }
    } finally {
      this.#watch.stop();
    }
  }

  /** Tries every state manager once, that which was just `left` last. Undefined: none lets it in now. */
  async #connect(left: Address | undefined): Promise<Connection | undefined> {
    const all = await this.#inOrder();
    const wasLeft = ({ target }: Address) => target === left?.target;
    for (const address of [...all.filter((each) => !wasLeft(each)), ...all.filter(wasLeft)]) {
      if (this.#quit.signal.aborted) return undefined;
      try {
        const connection = await this.#open(address);
        this.#connected(connection);
        return connection;
      } catch (error) {
        this.#handle(FanoutError.from(error), address);
      }
    }
    return undefined;
  }

  /** State managers, those first that this runtime prefers. */
  async #inOrder(): Promise<Address[]> {
    const all = await this.#addresses.all();
    this.#known = all;
    return this.#options.addressOrder === 'GIVEN' ? all : inOrderOf(this.#id, all);
  }

  #open(address: Address, signal = this.#quit.signal): Promise<Connection> {
    return Connection.open(
      address,
      { ...this.#options, signal },
      () => this.#hello(),
      (from, frame) => this.#receive(from, frame),
    );
  }

  /** Stays with a stream, and with those that follow it without a break. @returns the state manager that is left */
  async #stay(first: Connection): Promise<Address> {
    let connection = first;
    for (;;) {
      // It was told to stop while the state manager made up its mind.
      if (this.#quit.signal.aborted) this.#leave('stopped');
      const next = await this.#successorOf(connection);
      if (!next) break;
      connection = next;
    }
    const error = await connection.ended;
    this.#disconnected();
    if (error) this.#handle(error, connection.address);
    return connection.address;
  }

  /** Looks now and then whether a preferred state manager is back, and moves there. Undefined: the stream has ended. */
  async #successorOf(connection: Connection): Promise<Connection | undefined> {
    const ended = new AbortController();
    void connection.ended.then(() => ended.abort());
    while (!connection.hasEnded) {
      await delay(this.#returnMs * (0.5 + Math.random()), undefined, { signal: ended.signal }).catch(
        () => {},
      );
      if (connection.hasEnded) return undefined;
      const [preferred] = await this.#inOrder();
      if (!preferred || preferred.target === connection.address.target) continue;
      if (this.#isDraining || this.#isStopping) continue;
      const next = await this.#move(connection, preferred, ended.signal);
      if (next) return next;
    }
    return undefined;
  }

  /**
   * Goes on with the session on another stream, which takes all leases along. The hello lists what is held then; what is
   * assigned after it, on the old stream, is handed out anew if the move succeeds, and executed if it does not.
   */
  async #move(old: Connection, to: Address, signal: AbortSignal): Promise<Connection | undefined> {
    let early: readonly Assignment__Output[] = [];
    try {
      const next = await this.#open(to, signal);
      this.#early = undefined;
      old.cancel();
      this.#connected(next);
      return next;
    } catch {
      // It is not back yet.
      early = this.#early ?? [];
      return undefined;
    } finally {
      this.#early = undefined;
      this.#executions.take(early);
    }
  }

  #hello(): Hello {
    // From now on what the stream that is open brings is not in the list.
    if (this.#connection) this.#early = [];
    return helloOf(this.#options, {
      capacity: this.#capacity(),
      sessionId: this.#sessionId,
      heldLeases: this.#executions.leases(),
    });
  }

  #capacity(): Capacity {
    const capacity = this.#places.capacity();
    return this.#isStopping ? { ...capacity, total: 0 } : capacity;
  }

  /** Tells the capacity once for all that has changed it in this turn, ahead of the reports of what is given up. */
  #tellCapacity(): void {
    if (this.#isCapacityStale) return;
    this.#isCapacityStale = true;
    queueMicrotask(() => {
      this.#isCapacityStale = false;
      this.#connection?.send({ capacity: this.#capacity() });
    });
  }

  #connected(connection: Connection): void {
    const { welcome, address, hello } = connection;
    const { sessionId = '', resumed = false, lostLeases = [], runLogs: logLimits } = welcome;
    const { maxFrameBytes = usualLimits.maxFrameBytes, maxOutputBytes = usualLimits.maxOutputBytes } =
      welcome;
    this.#sessionId = sessionId;
    this.#isDraining = false;
    this.#connection = connection;
    this.#calls.connected(address);
    const others = this.#known.filter(({ target }) => target !== address.target);
    this.#watch.keep({ sessionId, addresses: [address, ...others] });
    const lost = new Cancelled('LEASE_LOST', 'the lease was lost while the runtime was not connected');
    this.#executions.abandon(resumed ? lostLeases : (hello.heldLeases ?? []), lost);
    const frames: OutboxFrames = {
      sendReports: (items) => {
        this.#logs.flush(true);
        connection.send({ reports: { items } });
      },
      sendEmits: (items) => connection.send({ emits: { items } }),
    };
    this.#logs.connected(
      {
        get isBehind() {
          return connection.isBehind;
        },
        sendLogLines: (items) => connection.send({ logLines: { items } }),
      },
      logLimits && { maxLineBytes: 0, maxLines: 0, ...logLimits, maxFrameBytes },
    );
    connection.onRoom(() => this.#logs.flush());
    this.#executions.connected(frames, { maxFrameBytes, maxOutputBytes });
    this.#beat(connection, millis(welcome.heartbeatInterval, 2_500), millis(welcome.leaseInterval, 10_000));
    this.#log({ level: 'info', event: 'connected', address: address.target, sessionId, resumed });
    // Something may have been given up, or have returned, since the hello.
    if (this.#capacity().total !== hello.capacity?.total) this.#tellCapacity();
  }

  #disconnected(): void {
    this.#connection = undefined;
    this.#executions.disconnected();
    this.#logs.disconnected();
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
  #handle(error: FanoutError, { target: address }: Address): void {
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
    this.#forgetSession();
    this.#abandonAll(new Cancelled(error.reason, error.message));
  }

  #abandonAll(reason: Cancelled): void {
    this.#executions.abandon(this.#executions.leases(), reason);
  }

  #receive(connection: Connection, frame: ConnectResponse__Output): void {
    if (frame.assignments) {
      const { items = [] } = frame.assignments;
      if (this.#early && connection === this.#connection) this.#early.push(...items);
      else this.#executions.take(items);
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
    this.#forgetSession();
  }

  #forgetSession(): void {
    this.#sessionId = '';
    this.#watch.keep(undefined);
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
