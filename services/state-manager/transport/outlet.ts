import Denque from 'denque';
import type { FanoutError } from '../errors.ts';
import type { SizedMessage } from './codec/pack.ts';
import type { CallStatus } from './errors-to-grpc.ts';

/** The way down of a gRPC call. */
interface WritableCall<Message> {
  write(message: Message, written: () => void): unknown;
  end(): void;
  emit(event: 'error', ending: CallStatus): unknown;
}

/** Bytes handed to the call and not yet on the wire: enough to keep it busy, little enough to forget. */
const windowBytes = 1024 * 1024;
/** Memory of a message, however small it is, bytes. */
const messageBytes = 512;
/** Messages of the largest size that may wait for a reader that does not read. */
const waitingFrames = 4;
/** Time for which a reader may take nothing of what waits, milliseconds. */
export const stallMs = 30_000;

function costOf({ bytes }: SizedMessage<unknown>): number {
  return bytes + messageBytes;
}

export interface StreamOutlet<Message> {
  /** Sends messages in their order. Never throws; those after the end are dropped. */
  send(messages: readonly SizedMessage<Message>[]): void;
  /** Ends the stream: with a status, or cleanly without an error. */
  end(error?: FanoutError): void;
  /** More waits than should: take nothing in until it is less. */
  readonly isFull: boolean;
  readonly isEnded: boolean;
}

export interface OutletOptions {
  readonly maxFrameBytes: number;
  /** Makes the status of an ending, and logs it. */
  readonly endingOf: (error: unknown) => CallStatus;
  /** Makes the error that ends a stream whose reader has taken nothing for `stallMs`. */
  readonly stalled: () => FanoutError;
  /** A message that no frame can carry. */
  readonly onOversize: (bytes: number) => void;
  /** `isFull` has changed. */
  readonly onFlow: () => void;
  /** The stream is ending; called once, and not from within `end`. */
  readonly onEnd: () => void;
}

/** The way down of one stream: counts, waits for the reader, and gives up on one that never reads. */
export function createOutlet<Message>(
  call: WritableCall<Message>,
  options: OutletOptions,
): StreamOutlet<Message> {
  const { maxFrameBytes } = options;
  const fullBytes = waitingFrames * maxFrameBytes;
  const waiting = new Denque<SizedMessage<Message>>();
  let waitingBytes = 0;
  let bytesOnTheWay = 0;
  let isFull = false;
  let isEnded = false;
  let stall: NodeJS.Timeout | undefined;

  function stopStall(): void {
    clearTimeout(stall);
    // A cleared timer that is refreshed would run again.
    stall = undefined;
  }

  function watchFlow(): void {
    if (waitingBytes > fullBytes === isFull) return;
    isFull = !isFull;
    if (isFull) {
      stall = setTimeout(giveUp, stallMs);
      stall.unref();
    } else stopStall();
    options.onFlow();
  }

  function giveUp(): void {
    waiting.clear();
    end(options.stalled());
  }

  function write(sized: SizedMessage<Message>): void {
    const cost = costOf(sized);
    bytesOnTheWay += cost;
    call.write(sized.message, () => {
      bytesOnTheWay -= cost;
      if (isEnded) return;
      stall?.refresh();
      writeWaiting();
    });
  }

  function hasRoom(sized: SizedMessage<Message>): boolean {
    return bytesOnTheWay === 0 || bytesOnTheWay + costOf(sized) <= windowBytes;
  }

  function writeWaiting(): void {
    for (let next = waiting.peekFront(); next !== undefined && hasRoom(next); next = waiting.peekFront()) {
      waiting.shift();
      waitingBytes -= costOf(next);
      write(next);
    }
    watchFlow();
  }

  function send(messages: readonly SizedMessage<Message>[]): void {
    if (isEnded) return;
    for (const sized of messages) {
      if (sized.bytes > maxFrameBytes) options.onOversize(sized.bytes);
      else if (waiting.isEmpty() && hasRoom(sized)) write(sized);
      else {
        waiting.push(sized);
        waitingBytes += costOf(sized);
      }
    }
    watchFlow();
  }

  function end(error?: FanoutError): void {
    if (isEnded) return;
    isEnded = true;
    stopStall();
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) write(next);
    if (error === undefined) call.end();
    else call.emit('error', options.endingOf(error));
    process.nextTick(options.onEnd);
  }

  return {
    send,
    end,
    get isFull() {
      return isFull;
    },
    get isEnded() {
      return isEnded;
    },
  };
}
