/** Calls that come as requests of HTTP: with the admission, the limits and the handlers of gRPC's own. */
import { EventEmitter } from 'node:events';
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  Metadata,
  MethodDefinition,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { FanoutError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Admission } from './admission.ts';
import type { Grant } from './authorize.ts';
import { type CallStatus, endingOf } from './errors-to-grpc.ts';
import { bodyLimit, isUnary } from './methods.ts';
import { Turns } from './turns.ts';

/** A message of the wire, as proto-loader has it. */
type Message = object;

/** A call, but for its request. */
export interface HttpCall {
  /** Path of the RPC, such as `/fanout.v1.RunService/GetRun`. */
  readonly path: string;
  readonly metadata: Metadata;
  /** `ADDRESS:PORT` */
  readonly peer: string;
  /** Aborted when its answer has been sent, or the caller is gone. */
  readonly closed: AbortSignal;
}

/** The reader of a stream of answers. */
export interface Reader {
  /** @returns false: it is behind, and `onDrain` tells when it is not any more */
  write(message: Message): boolean;
  onDrain(listener: () => void): void;
  /** Ends the stream: with a status, or cleanly without one. */
  end(status?: CallStatus): void;
}

/** Kind of an RPC: a request and an answer, or answers; requests that go on cannot be made over HTTP. */
type RpcKind = 'unary' | 'answers' | 'requests';

export interface HttpCalls {
  /** Tokens are asked for. */
  readonly needsToken: boolean;
  /** Answer of health: calls are served. */
  readonly isServing: boolean;
  /** Time for a body to arrive, for an answer to be made, and to be read, milliseconds. */
  readonly callMs: number;
  /** The kind of an RPC; undefined: there is none at the path. */
  kindOf(path: string): RpcKind | undefined;
  /** The most bytes of a body. */
  bodyLimit(path: string): number;
  /**
   * Lets a call in, before its body is read.
   * @throws FanoutError TOKEN_INVALID, PERMISSION_DENIED, TOO_MANY_CALLS
   */
  admit(call: HttpCall): Promise<void>;
  /** The right of a token. @throws FanoutError TOKEN_INVALID, TOO_MANY_CALLS */
  grantOf(metadata: Metadata, peer: string): Promise<Grant>;
  /** Waits until its connection may read the body of one more request, and has `closed` give the place back. */
  takeBodyTurn(call: HttpCall): Promise<void>;
  /** Calls an RPC of the kind `unary`. @throws CallStatus */
  call(call: HttpCall, request: Message): Promise<Message>;
  /** Calls an RPC of the kind `answers`. */
  open(call: HttpCall, request: Message, reader: Reader): void;
}

/** Bodies that one connection may have under way at once. */
const bodiesAtOnce = 8;

export interface HttpCallsOptions {
  readonly admission: Admission;
  readonly log: Log;
  readonly maxMessageBytes: number;
  readonly callMs: number;
  readonly needsToken: boolean;
  readonly isServing: () => boolean;
}

interface Registered {
  readonly definition: MethodDefinition<Message, Message>;
  readonly handle: unknown;
}

/** The stream that a handler writes to. */
class WritableCall extends EventEmitter {
  readonly request: Message;
  readonly metadata: Metadata;
  cancelled = false;
  readonly #call: HttpCall;
  readonly #reader: Reader;

  constructor(call: HttpCall, request: Message, reader: Reader) {
    super();
    this.#call = call;
    this.#reader = reader;
    this.request = request;
    this.metadata = call.metadata;
    reader.onDrain(() => this.emit('drain'));
    this.on('error', (status: CallStatus) => reader.end(status));
    whenClosed(call.closed, () => {
      this.cancelled = true;
      this.emit('cancelled');
    });
  }

  getPath(): string {
    return this.#call.path;
  }

  getPeer(): string {
    return this.#call.peer;
  }

  write(message: Message): boolean {
    return this.#reader.write(message);
  }

  end(): void {
    this.#reader.end();
  }
}

export interface HttpCallsOfServices extends HttpCalls {
  /** Adds the RPCs of a service. */
  add(service: ServiceDefinition, handlers: UntypedServiceImplementation): void;
}

export function createHttpCalls(options: HttpCallsOptions): HttpCallsOfServices {
  const { admission, log, maxMessageBytes, callMs } = options;
  const methods = new Map<string, Registered>();
  const bodies = new Turns(bodiesAtOnce);

  function methodAt(path: string): Registered {
    const method = methods.get(path);
    if (method === undefined) throw new Error(`there is no RPC ${path}`);
    return method;
  }

  /** The request as a gRPC call would have brought it. */
  function asReceived({ definition }: Registered, request: Message): Message {
    return definition.requestDeserialize(definition.requestSerialize(request));
  }

  return {
    needsToken: options.needsToken,
    get isServing() {
      return options.isServing();
    },
    callMs,
    add(service, handlers) {
      for (const [name, definition] of Object.entries(service))
        methods.set(definition.path, { definition, handle: handlers[name] });
    },
    kindOf(path) {
      if (!methods.has(path)) return undefined;
      if (methodAt(path).definition.requestStream) return 'requests';
      return isUnary(path) ? 'unary' : 'answers';
    },
    bodyLimit: (path) => bodyLimit(path, maxMessageBytes),
    admit: ({ path, metadata, peer }) => admission.admit(path, metadata, peer),
    grantOf: (metadata, peer) => admission.grantOf(metadata, peer),
    takeBodyTurn: ({ peer, closed }) =>
      new Promise((resolve) => {
        const giveBack = bodies.take(peer, resolve);
        whenClosed(closed, giveBack);
      }),
    call(call, request) {
      const { path, metadata, peer, closed } = call;
      const method = methodAt(path);
      const received = asReceived(method, request);
      const deadline = Date.now() + callMs;
      const handle = method.handle as handleUnaryCall<Message, Message>;
      return new Promise((resolve, reject) => {
        const refuse = (): void => reject(endingOf(answerLate(callMs), log, { method: path, peer }));
        const timer = setTimeout(refuse, callMs);
        const parts = {
          request: received,
          metadata,
          getPath: () => path,
          getPeer: () => peer,
          getDeadline: () => deadline,
          get cancelled() {
            return closed.aborted;
          },
        };
        const giveTurnBack = admission.takeTurn(path, peer, () =>
          handle(parts as unknown as ServerUnaryCall<Message, Message>, (error, answer) => {
            clearTimeout(timer);
            if (error) reject(error);
            else resolve(answer ?? {});
          }),
        );
        whenClosed(closed, () => {
          clearTimeout(timer);
          giveTurnBack();
        });
      });
    },
    open(call, request, reader) {
      const method = methodAt(call.path);
      const handle = method.handle as handleServerStreamingCall<Message, Message>;
      const stream = new WritableCall(call, asReceived(method, request), reader);
      handle(stream as unknown as ServerWritableStream<Message, Message>);
    },
  };
}

/** Calls a listener when a call is closed, at once if it is so already: an event that has been is told nobody. */
function whenClosed(closed: AbortSignal, listener: () => void): void {
  if (closed.aborted) listener();
  else closed.addEventListener('abort', listener, { once: true });
}

function answerLate(callMs: number): FanoutError {
  return new FanoutError(
    'CALL_TIMEOUT',
    `the call was not answered within ${callMs} ms: try again, or ask for less`,
    { retryAfterMs: 1_000 },
  );
}
