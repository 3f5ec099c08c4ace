/** The runtime's end of one stream, frame by frame: for tests of the protocol itself. */

import {
  type Ack__Output,
  type Assignment__Output,
  type ConnectRequest,
  type ConnectResponse__Output,
  fanoutV1,
  type Hello,
  type Output,
  type Report,
  type Welcome__Output,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';

type FrameKind = NonNullable<ConnectResponse__Output['frame']>;
type Frame<K extends FrameKind> = NonNullable<ConnectResponse__Output[K]>;

export interface RawRuntimeOptions {
  /** Sent as `authorization: Bearer TOKEN`. */
  readonly token?: string;
  /** Answers pings as a runtime must; true if absent. */
  readonly answersPings?: boolean;
}

/** Lease that something is about: an assignment will do. */
export interface Lease {
  readonly stateId?: string;
  readonly leaseToken?: string;
}

const deadlineMs = 10_000;

export class RawRuntime {
  /** The status with which the stream ended. */
  readonly ended: Promise<grpc.StatusObject>;
  readonly #client: InstanceType<typeof fanoutV1.RuntimeService>;
  readonly #stream: grpc.ClientDuplexStream<ConnectRequest, ConnectResponse__Output>;
  #answersPings: boolean;
  #frames: ConnectResponse__Output[] = [];
  #waiting = new Set<() => void>();
  #end: grpc.StatusObject | undefined;

  constructor(address: string, { token, answersPings = true }: RawRuntimeOptions = {}) {
    this.#client = new fanoutV1.RuntimeService(address, grpc.credentials.createInsecure(), {
      'grpc.enable_retries': 0,
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      // One connection for each raw runtime, so that cutting one leaves the others alone.
      'grpc.use_local_subchannel_pool': 1,
    });
    this.#answersPings = answersPings;
    const metadata = new grpc.Metadata();
    if (token) metadata.set('authorization', `Bearer ${token}`);
    this.#stream = this.#client.connect(metadata);
    this.#stream.on('data', (frame: ConnectResponse__Output) => {
      if (frame.ping && this.#answersPings) this.send({ pong: frame.ping });
      else this.#frames.push(frame);
      this.#wake();
    });
    // grpc-js reports a failure twice, as an error and as a status; the status has all of it.
    this.#stream.on('error', () => this.#wake());
    this.ended = new Promise((resolve) => {
      this.#stream.once('status', (status: grpc.StatusObject) => {
        this.#end = status;
        this.#client.close();
        resolve(status);
        this.#wake();
      });
    });
  }

  send(frame: ConnectRequest): void {
    this.#stream.write(frame);
  }

  /** Says hello, version 1 with room for 100 unless said otherwise, and waits for the welcome. */
  async hello(hello: Hello): Promise<Welcome__Output> {
    const defaults = { protocolVersion: 1, runtimeName: 'raw', language: 'test', capacity: { total: 100 } };
    this.send({ hello: { ...defaults, ...hello } });
    return this.next('welcome');
  }

  /**
   * The next frame of a kind; frames of other kinds stay for later.
   * @throws Error the stream ends first, or `timeoutMs` passes.
   */
  async next<K extends FrameKind>(kind: K, timeoutMs = deadlineMs): Promise<Frame<K>> {
    const endAt = performance.now() + timeoutMs;
    for (;;) {
      const index = this.#frames.findIndex((each) => each[kind]);
      const found = this.#frames[index]?.[kind];
      if (found) {
        this.#frames.splice(index, 1);
        return found as Frame<K>;
      }
      if (this.#end) {
        throw new Error(
          `the stream ended without ${kind}: ${grpc.status[this.#end.code]} ${this.#end.details}`,
        );
      }
      if (performance.now() >= endAt) throw new Error(`no ${kind} within ${timeoutMs} ms`);
      await this.#change(endAt - performance.now());
    }
  }

  /** Collects that many assignments, from as many frames as they come in; there may be more in the last one. */
  async assignments(count: number, timeoutMs = deadlineMs): Promise<Assignment__Output[]> {
    const items: Assignment__Output[] = [];
    while (items.length < count) items.push(...((await this.next('assignments', timeoutMs)).items ?? []));
    return items;
  }

  /** Collects that many acks, from as many frames as they come in; there may be more in the last one. */
  async acks(count: number, timeoutMs = deadlineMs): Promise<Ack__Output[]> {
    const items: Ack__Output[] = [];
    while (items.length < count) items.push(...((await this.next('acks', timeoutMs)).items ?? []));
    return items;
  }

  /** The next assignment, which has to come alone. */
  async assignment(timeoutMs = deadlineMs): Promise<Assignment__Output> {
    const items = await this.assignments(1, timeoutMs);
    if (items.length !== 1) throw new Error(`${items.length} assignments came, not one`);
    return items[0]!;
  }

  /** The next ack, which has to come alone. */
  async ack(timeoutMs = deadlineMs): Promise<Ack__Output> {
    const items = await this.acks(1, timeoutMs);
    if (items.length !== 1) throw new Error(`${items.length} acks came, not one`);
    return items[0]!;
  }

  /** The number of frames of a kind that have come and wait to be taken. */
  waiting(kind: FrameKind): number {
    return this.#frames.filter((frame) => frame[kind]).length;
  }

  /** Reports outputs, one branch each. */
  reportExecuted(lease: Lease, outputs: readonly unknown[]): void {
    const written: Output[] = outputs.map((output) => ({ outputJson: JSON.stringify(output) }));
    this.report(lease, { executed: { outputs: written } });
  }

  /** Reports an error. */
  reportErrored(lease: Lease, code = 'NODE_ERROR', notRetryable = false): void {
    this.report(lease, { errored: { code, message: `${code} on purpose`, notRetryable } });
  }

  /** Reports whatever outcome. */
  report(lease: Lease, outcome: Omit<Report, 'stateId' | 'leaseToken'>): void {
    const { stateId = '', leaseToken = '' } = lease;
    this.send({ reports: { items: [{ stateId, leaseToken, ...outcome }] } });
  }

  /** Answers no ping any more. */
  fallSilent(): void {
    this.#answersPings = false;
  }

  /** Reads nothing more, so that what is sent fills the buffers on the way. */
  stopReading(): void {
    this.#stream.pause();
  }

  /** Leaves as a runtime should. */
  async goodbye(): Promise<grpc.StatusObject> {
    this.send({ goodbye: { reason: 'test' } });
    this.#stream.end();
    return this.ended;
  }

  /** Cuts the stream without a word. Harmless twice. */
  async cut(): Promise<grpc.StatusObject> {
    this.#stream.cancel();
    return this.ended;
  }

  /** Waits for a frame or the end, at most that long. */
  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#waiting.add(done);
    });
  }

  #wake(): void {
    for (const done of this.#waiting) done();
  }
}
