/** A state manager that does what a test says, frame by frame: a real gRPC server that speaks the protocol. */
import {
  type Ack,
  type Assignment,
  type ChangeStoreRequest__Output,
  type ChangeStoreResponse,
  type ConnectRequest__Output,
  type ConnectResponse,
  fanoutV1,
  googleRpc,
  type Hello__Output,
  type ReadUnitedRequest__Output,
  type ReadUnitedResponse,
  type Report__Output,
  type Welcome,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';

type Call = grpc.ServerDuplexStream<ConnectRequest__Output, ConnectResponse>;
type FrameKind = NonNullable<ConnectRequest__Output['frame']>;
type Frame<K extends FrameKind> = NonNullable<ConnectRequest__Output[K]>;
type ChangeStore = (
  request: ChangeStoreRequest__Output,
) => ChangeStoreResponse | Promise<ChangeStoreResponse>;
type ReadUnited = (request: ReadUnitedRequest__Output) => ReadUnitedResponse | Promise<ReadUnitedResponse>;

const patienceMs = 10_000;

/** Resolves when `get` finds something, asked again at every `wake`. */
class Waiting {
  readonly #wakes = new Set<() => void>();

  wake(): void {
    for (const wake of [...this.#wakes]) wake();
  }

  async until<T>(what: string, get: () => T | undefined): Promise<T> {
    const endAt = performance.now() + patienceMs;
    for (;;) {
      const found = get();
      if (found !== undefined) return found;
      const leftMs = endAt - performance.now();
      if (leftMs <= 0) throw new Error(`no ${what} within ${patienceMs} ms`);
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          this.#wakes.delete(done);
          resolve();
        };
        const timer = setTimeout(done, leftMs);
        this.#wakes.add(done);
      });
    }
  }
}

/** One stream of a runtime. */
export class PeerStream {
  /** Every frame, in order. */
  readonly frames: ConnectRequest__Output[] = [];
  isEnded = false;
  /** Headers that the runtime sent ahead of its frames. */
  readonly metadata: grpc.Metadata;
  readonly #call: Call;
  readonly #waiting = new Waiting();
  readonly #taken = new Set<ConnectRequest__Output>();

  constructor(call: Call) {
    this.#call = call;
    this.metadata = call.metadata;
    call.on('data', (frame: ConnectRequest__Output) => {
      this.frames.push(frame);
      this.#waiting.wake();
    });
    const end = () => {
      this.isEnded = true;
      this.#waiting.wake();
    };
    for (const event of ['end', 'cancelled', 'error', 'close']) call.on(event, end);
  }

  /** The next frame of a kind; frames of other kinds stay. */
  async next<K extends FrameKind>(kind: K): Promise<Frame<K>> {
    return this.#waiting.until(kind, () => {
      const frame = this.frames.find((each) => each[kind] && !this.#taken.has(each));
      if (frame) this.#taken.add(frame);
      return frame?.[kind] as Frame<K> | undefined;
    });
  }

  /** The next so many reports, from as many frames as they come in. */
  async reports(count: number): Promise<Report__Output[]> {
    const items: Report__Output[] = [];
    while (items.length < count) items.push(...((await this.next('reports')).items ?? []));
    return items;
  }

  async ended(): Promise<void> {
    await this.#waiting.until('end of the stream', () => this.isEnded || undefined);
  }

  send(frame: ConnectResponse): void {
    this.#call.write(frame);
  }

  welcome(welcome: Welcome = {}): void {
    const defaults: Welcome = {
      sessionId: 'session-1',
      leaseInterval: { seconds: 10 },
      heartbeatInterval: { seconds: 2 },
      maxFrameBytes: 4_000_000,
      maxOutputBytes: 1_000_000,
    };
    this.send({ welcome: { ...defaults, ...welcome } });
  }

  assign(...items: Assignment[]): void {
    this.send({ assignments: { items } });
  }

  ack(...items: Ack[]): void {
    this.send({ acks: { items } });
  }

  /** Acks reports as accepted. */
  accept(reports: readonly Report__Output[]): void {
    this.ack(...reports.map((report) => ({ ...leaseOf(report), status: 'ACK_STATUS_ACCEPTED' as const })));
  }

  /** Ends the stream as a server does that has nothing more to say. */
  end(): void {
    this.#call.end();
  }

  /** Ends the stream with an error, and a reason in its details if there is one. */
  fail(code: grpc.status, reason = ''): void {
    const metadata = new grpc.Metadata();
    if (reason) {
      const detail = googleRpc.ErrorInfo.serialize({ reason, domain: 'fanout' });
      const details = [{ type_url: 'type.googleapis.com/google.rpc.ErrorInfo', value: detail }];
      metadata.set('grpc-status-details-bin', googleRpc.Status.serialize({ code, message: reason, details }));
    }
    this.#call.emit('error', { code, details: reason || 'on purpose', metadata });
  }
}

export class Peer {
  readonly address: string;
  /** Bytes of each frame that came in. */
  readonly frameBytes: number[];
  readonly #server: grpc.Server;
  readonly #streams: PeerStream[];
  readonly #waiting: Waiting;
  #nextStream = 0;

  private constructor(
    address: string,
    server: grpc.Server,
    streams: PeerStream[],
    waiting: Waiting,
    frameBytes: number[],
  ) {
    this.address = address;
    this.#server = server;
    this.#streams = streams;
    this.#waiting = waiting;
    this.frameBytes = frameBytes;
  }

  static async start(
    readUnited: ReadUnited = () => ({}),
    changeStore: ChangeStore = () => ({}),
    listen = '127.0.0.1:0',
  ): Promise<Peer> {
    const streams: PeerStream[] = [];
    const waiting = new Waiting();
    const frameBytes: number[] = [];
    const { ChangeStore, Connect, ReadUnited } = fanoutV1.RuntimeService.service;
    const measured = {
      ...Connect,
      requestDeserialize: (bytes: Buffer) => {
        frameBytes.push(bytes.length);
        return Connect.requestDeserialize(bytes);
      },
    };
    const server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });
    server.addService(
      { ChangeStore, Connect: measured, ReadUnited },
      {
        Connect: (call: Call) => {
          streams.push(new PeerStream(call));
          waiting.wake();
        },
        ReadUnited: answerWith(readUnited),
        ChangeStore: answerWith(changeStore),
      },
    );
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(listen, grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    return new Peer(`127.0.0.1:${port}`, server, streams, waiting, frameBytes);
  }

  /** Number of streams that were opened so far. */
  get streamCount(): number {
    return this.#streams.length;
  }

  /** The next stream that a runtime opens, and its hello. */
  async open(): Promise<{ stream: PeerStream; hello: Hello__Output }> {
    const index = this.#nextStream++;
    const stream = await this.#waiting.until('stream', () => this.#streams[index]);
    return { stream, hello: await stream.next('hello') };
  }

  /** The next stream, welcomed. */
  async welcome(welcome?: Welcome): Promise<PeerStream> {
    const { stream } = await this.open();
    stream.welcome(welcome);
    return stream;
  }

  /** Cuts every connection. */
  stop(): void {
    this.#server.forceShutdown();
  }
}

function answerWith<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, done) => {
    Promise.resolve(call.request)
      .then(answer)
      .then((response) => done(null, response), done);
  };
}

/** The lease that something is about. */
export function leaseOf({ stateId = '', leaseToken = '' }: { stateId?: string; leaseToken?: string }): {
  stateId: string;
  leaseToken: string;
} {
  return { stateId, leaseToken };
}

/** An assignment of a node in a made-up run. */
export function assignment(
  nodeName: string,
  number: number,
  inputs: object = {},
  fields: Assignment = {},
): Assignment {
  return {
    stateId: `run-1.${number}`,
    leaseToken: `session-1-${number}`,
    runId: 'run-1',
    graphName: 'graph',
    identifier: 'place',
    nodeName,
    attempt: 1,
    idempotencyKey: `key-${number}`,
    inputsJson: JSON.stringify(inputs),
    ...fields,
  };
}

/** The outputs of a report. */
export function outputsOf(report: Report__Output | undefined): unknown[] {
  return (report?.executed?.outputs ?? []).map(({ outputJson = '' }) => JSON.parse(outputJson));
}
