import {
  type ConnectRequest,
  type ConnectResponse__Output,
  fanoutV1,
  type Hello,
  type Welcome__Output,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import type { Address } from '../wire/addresses.ts';
import { type ChannelOptions, channelOptionsFor, credentialsOf, metadataOf } from '../wire/channel.ts';
import { FanoutError } from '../wire/errors.ts';
import { whenSettled } from '../wire/when-settled.ts';

/** Time within which a connection has to come about, milliseconds: another state manager may answer. */
const reachMs = 2_000;
/** Time within which a state manager has to say welcome, milliseconds. */
const welcomeMs = 5_000;
/** Time within which a state manager has to end a stream that the runtime has ended, milliseconds. */
const endMs = 2_000;

/** Frames that wait before the stream is behind: the library says it is full now and then, and is not. */
const framesBehind = 4;

/** One open stream to one state manager. */
export class Connection {
  readonly address: Address;
  /** The hello that opened it. */
  readonly hello: Hello;
  readonly welcome: Welcome__Output;
  /** The error that it ended with; undefined: the server ended it without one. */
  readonly ended: Promise<FanoutError | undefined>;
  readonly #stream: grpc.ClientDuplexStream<ConnectRequest, ConnectResponse__Output>;
  /** Frames that wait until the stream has room. */
  #waiting: ConnectRequest[] = [];
  #isFull = false;
  #onRoom: () => void = () => {};
  #isEnding = false;
  #isCut = false;
  #hasEnded = false;
  #hasHeard = true;

  private constructor(parts: {
    readonly address: Address;
    readonly hello: Hello;
    readonly welcome: Welcome__Output;
    readonly stream: grpc.ClientDuplexStream<ConnectRequest, ConnectResponse__Output>;
    readonly ended: Promise<FanoutError | undefined>;
  }) {
    this.address = parts.address;
    this.hello = parts.hello;
    this.welcome = parts.welcome;
    this.#stream = parts.stream;
    this.ended = parts.ended;
    this.#stream.on('drain', () => this.#drain());
    void this.ended.then(() => {
      this.#hasEnded = true;
    });
  }

  /**
   * Opens a stream, says hello and waits for the welcome. Frames that follow go to `receive`.
   * @param greet makes the hello, once the state manager can be reached: what it lists is as new as can be
   * @param options.signal ends the attempt, as long as no hello was said
   * @throws FanoutError what the state manager says, or that it cannot be reached
   */
  static async open(
    address: Address,
    options: ChannelOptions & { readonly signal?: AbortSignal },
    greet: () => Hello,
    receive: (connection: Connection, frame: ConnectResponse__Output) => void,
  ): Promise<Connection> {
    const { target } = address;
    const client = new fanoutV1.RuntimeService(target, credentialsOf(options), {
      ...channelOptionsFor(address),
      'grpc.use_local_subchannel_pool': 1,
    });
    if (!(await whenSettled(client, reachMs, options.signal))) {
      client.close();
      throw unreached(target);
    }
    const stream = client.connect(metadataOf(options));
    const ended = endOf(stream, target).finally(() => client.close());
    const hello = greet();
    stream.write({ hello });
    const connection = await new Promise<Connection>((resolve, reject) => {
      const timer = setTimeout(() => {
        stream.cancel();
        const message = `${target} did not answer the hello within ${welcomeMs} ms`;
        reject(new FanoutError(message, { code: grpc.status.DEADLINE_EXCEEDED }));
      }, welcomeMs);
      let opened: Connection | undefined;
      stream.on('data', (frame: ConnectResponse__Output) => {
        if (opened) {
          if (opened.#isCut) return;
          opened.#hasHeard = true;
          receive(opened, frame);
        } else if (frame.welcome) {
          clearTimeout(timer);
          opened = new Connection({ address, hello, welcome: frame.welcome, stream, ended });
          resolve(opened);
        }
      });
      void ended.then((error) => {
        clearTimeout(timer);
        reject(error ?? new FanoutError(`${target} ended the stream`, { code: grpc.status.UNAVAILABLE }));
      });
    });
    return connection;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Several frames wait until the stream has room. */
  get isBehind(): boolean {
    return this.#waiting.length >= framesBehind;
  }

  /** Has the listener called whenever nothing waits any more. */
  onRoom(listener: () => void): void {
    this.#onRoom = listener;
  }

  /** Tells whether a frame has come in since the last call. */
  takeHeard(): boolean {
    const hasHeard = this.#hasHeard;
    this.#hasHeard = false;
    return hasHeard;
  }

  /** Nothing is sent after the end. */
  send(frame: ConnectRequest): void {
    if (this.#isEnding) return;
    if (this.#isFull) this.#waiting.push(frame);
    else this.#isFull = !this.#stream.write(frame);
  }

  /** Ends the stream once everything is sent; one that the server does not end as well is cut. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    while (this.#waiting.length > 0) this.#stream.write(this.#waiting.shift()!);
    this.#stream.end();
    const timer = setTimeout(() => this.cancel(), endMs);
    void this.ended.then(() => clearTimeout(timer));
  }

  /** Cuts the stream: nothing more comes from it. */
  cancel(): void {
    this.#isCut = true;
    this.#stream.cancel();
  }

  #drain(): void {
    this.#isFull = false;
    while (!this.#isFull && this.#waiting.length > 0)
      this.#isFull = !this.#stream.write(this.#waiting.shift()!);
    if (this.#waiting.length === 0) this.#onRoom();
  }
}

function endOf(
  stream: grpc.ClientDuplexStream<ConnectRequest, ConnectResponse__Output>,
  address: string,
): Promise<FanoutError | undefined> {
  return new Promise((resolve) => {
    // A failure comes as an error and as a status; the status is the end in every case.
    stream.on('error', () => {});
    stream.on('status', (status: grpc.StatusObject) => {
      resolve(status.code === grpc.status.OK ? undefined : FanoutError.from(status, address));
    });
  });
}

function unreached(target: string): FanoutError {
  const message = `no state manager answers at ${target} within ${reachMs} ms: start one there, or give the address of another`;
  return new FanoutError(message, { code: grpc.status.UNAVAILABLE });
}
