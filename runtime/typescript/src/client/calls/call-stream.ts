import type { CallRunsRequest, CallRunsResponse__Output, RunCallAnswer__Output } from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { FanoutError } from '../../wire/errors.ts';
import type { Endpoint, Services } from '../services.ts';

/** Listeners to one stream. */
interface Listeners {
  /** A state manager has let the stream in. */
  readonly onOpen: () => void;
  readonly onAnswers: (answers: readonly RunCallAnswer__Output[]) => void;
  /** The stream has ended, and not from here. */
  readonly onLost: (failure: FanoutError) => void;
}

/** Time within which a stream without calls has to end once this side has, milliseconds. */
const endMs = 1_000;

/** One stream of calls, until either side ends it. */
export class CallStream {
  readonly #stream: grpc.ClientDuplexStream<CallRunsRequest, CallRunsResponse__Output>;
  #isOver = false;

  /** @throws Error the connection was ended */
  constructor(services: Services, endpoint: Endpoint, { onOpen, onAnswers, onLost }: Listeners) {
    const stream = services.callRuns(endpoint);
    this.#stream = stream;
    const lose = (error: unknown) => {
      if (this.#isOver) return;
      this.#isOver = true;
      services.leave(endpoint);
      onLost(FanoutError.from(error, endpoint.address));
    };
    stream.on('metadata', () => {
      if (!this.#isOver) onOpen();
    });
    stream.on('data', ({ answers }: CallRunsResponse__Output) => {
      if (!this.#isOver) onAnswers(answers ?? []);
    });
    stream.on('error', lose);
    stream.on('end', () =>
      // An error comes after the end of what could be read.
      setImmediate(
        lose,
        new FanoutError('the calls ended before the runs', { code: grpc.status.UNAVAILABLE }),
      ),
    );
  }

  send(message: CallRunsRequest): void {
    this.#stream.write(message);
  }

  /** Ends a stream without calls. */
  end(): void {
    this.#isOver = true;
    const timer = setTimeout(() => this.#stream.cancel(), endMs);
    this.#stream.once('status', () => clearTimeout(timer));
    this.#stream.end();
  }

  /** Ends the stream at once, with what is under way on it. */
  cancel(): void {
    this.#isOver = true;
    this.#stream.cancel();
  }
}
