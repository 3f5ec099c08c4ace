import {
  type ConnectRequest,
  type ConnectResponse__Output,
  fanoutV1,
  type Hello,
  type Welcome__Output,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { type ChannelOptions, channelOptions, credentialsOf, metadataOf } from '../wire/channel.ts';
import { FanoutError } from '../wire/errors.ts';

/** Time within which a state manager has to say welcome, milliseconds. */
const welcomeMs = 5_000;
/** Time within which a state manager has to end a stream that the runtime has ended, milliseconds. */
const endMs = 2_000;

/** One open stream to one state manager. */
export class Connection {
  readonly welcome: Welcome__Output;
  /** The error that it ended with; undefined: the server ended it without one. */
  readonly ended: Promise<FanoutError | undefined>;
  readonly #stream: grpc.ClientDuplexStream<ConnectRequest, ConnectResponse__Output>;
  /** Frames that wait until the stream has room. */
  #waiting: ConnectRequest[] = [];
  #isFull = false;
  #isEnding = false;
  #hasHeard = true;

  private constructor(
    stream: grpc.ClientDuplexStream<ConnectRequest, ConnectResponse__Output>,
    welcome: Welcome__Output,
    ended: Promise<FanoutError | undefined>,
  ) {
    this.#stream = stream;
    this.welcome = welcome;
    this.ended = ended;
    stream.on('drain', () => this.#drain());
  }

  /**
   * Opens a stream, says hello and waits for the welcome. Frames that follow go to `receive`.
   * @throws FanoutError what the state manager says, or that it cannot be reached
   */
  static async open(
    address: string,
    options: ChannelOptions,
    hello: Hello,
    receive: (connection: Connection, frame: ConnectResponse__Output) => void,
  ): Promise<Connection> {
    const client = new fanoutV1.RuntimeService(address, credentialsOf(options), {
      ...channelOptions,
      'grpc.use_local_subchannel_pool': 1,
    });
    const stream = client.connect(metadataOf(options));
    const ended = endOf(stream, address).finally(() => client.close());
    stream.write({ hello });
    const connection = await new Promise<Connection>((resolve, reject) => {
      const timer = setTimeout(() => {
        stream.cancel();
        const message = `${address} did not answer the hello within ${welcomeMs} ms`;
        reject(new FanoutError(message, { code: grpc.status.DEADLINE_EXCEEDED }));
      }, welcomeMs);
      let opened: Connection | undefined;
      stream.on('data', (frame: ConnectResponse__Output) => {
        if (opened) {
          opened.#hasHeard = true;
          receive(opened, frame);
        } else if (frame.welcome) {
          clearTimeout(timer);
          opened = new Connection(stream, frame.welcome, ended);
          resolve(opened);
        }
      });
      void ended.then((error) => {
        clearTimeout(timer);
        reject(error ?? new FanoutError(`${address} ended the stream`, { code: grpc.status.UNAVAILABLE }));
      });
    });
    return connection;
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

  /** Cuts the stream. */
  cancel(): void {
    this.#stream.cancel();
  }

  #drain(): void {
    this.#isFull = false;
    while (!this.#isFull && this.#waiting.length > 0)
      this.#isFull = !this.#stream.write(this.#waiting.shift()!);
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
