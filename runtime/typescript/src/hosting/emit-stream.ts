import type { Ack__Output, Emit } from '@fanout/proto';
import { bytesOf, type EmitSink, type EncodedOutput } from '../nodes/execute.ts';
import { NotRetryable } from '../wire/errors.ts';
import type { OutboxFrames, OutboxLimits } from './frames.ts';

/** Outputs that may be unanswered: the node waits until some are. */
const maxUnanswered = 1_000;
/** Outputs in one emit. */
const maxEmitted = 500;
/** Bytes around an emit in a frame, at maxBytes. */
const emitBytes = 512;

/**
 * The outputs of one open fan-out until they are accepted: sent in order while the node runs, again after a
 * reconnect, and never those that an earlier attempt has brought home.
 */
export class EmitStream implements EmitSink {
  readonly #lease: { readonly stateId: string; readonly leaseToken: string };
  readonly #accepted: number;
  readonly #signal: () => AbortSignal;
  readonly #onRefused: (status: string) => void;
  readonly #onLost: () => void;
  /** Unanswered outputs; the first has the index `#first`, and the first `#sent` of them are on their way. */
  #outputs: EncodedOutput[] = [];
  #first: number;
  #sent = 0;
  /** Indexes behind the last output of each chunk that is on its way. */
  #ends: number[] = [];
  #next = 0;
  #hasBegun = false;
  #isFlushing = false;
  #frames: OutboxFrames | undefined;
  #limits: OutboxLimits;
  #wakes: (() => void)[] = [];

  /**
   * @param parts.accepted how many outputs earlier attempts have emitted; `limits`: those of the newest stream;
   * `onRefused`: no more outputs are wanted; `onLost`: storage has forgotten what it had accepted
   */
  constructor(parts: {
    readonly lease: { readonly stateId: string; readonly leaseToken: string };
    readonly accepted: number;
    readonly limits: OutboxLimits;
    readonly signal: () => AbortSignal;
    readonly onRefused: (status: string) => void;
    readonly onLost: () => void;
  }) {
    this.#lease = parts.lease;
    this.#accepted = parts.accepted;
    this.#first = parts.accepted;
    this.#limits = parts.limits;
    this.#signal = parts.signal;
    this.#onRefused = parts.onRefused;
    this.#onLost = parts.onLost;
  }

  get next(): number {
    return this.#next;
  }

  /** Everything that was emitted is accepted. */
  get isAnswered(): boolean {
    return this.#outputs.length === 0;
  }

  continueFrom(index: number): void {
    if (this.#hasBegun) throw new Error('continueFrom comes before the first output, and some have come');
    if (!Number.isInteger(index) || index < 0 || index > this.#accepted) {
      const message = `continueFrom(${index}): ${this.#accepted} outputs were accepted, and the next one has an index of 0 to ${this.#accepted}`;
      throw new RangeError(message);
    }
    this.#next = index;
  }

  skip(): boolean {
    this.#hasBegun = true;
    if (this.#next >= this.#accepted) return false;
    this.#next++;
    return true;
  }

  emit(output: EncodedOutput): Promise<void> | undefined {
    const { outputJson } = output;
    const maxBytes = this.#limits.maxOutputBytes;
    if (3 * outputJson.length > maxBytes && Buffer.byteLength(outputJson) > maxBytes) {
      const message = `output ${this.#next} of ${Buffer.byteLength(outputJson)} bytes is more than the ${maxBytes} that one may have: split it`;
      throw new NotRetryable(message, { code: 'OUTPUT_TOO_LARGE' });
    }
    this.#next++;
    this.#outputs.push(output);
    this.#flushSoon();
    return this.#outputs.length < maxUnanswered ? undefined : this.#room();
  }

  /** A stream is open: what is unanswered is sent again. */
  connected(frames: OutboxFrames, limits: OutboxLimits): void {
    this.#frames = frames;
    this.#limits = limits;
    this.#sent = 0;
    this.#ends = [];
    this.#flushSoon();
  }

  disconnected(): void {
    this.#frames = undefined;
  }

  /** Answers come in the order of the chunks. */
  acked({ status, missing }: Ack__Output): void {
    const end = this.#ends.shift() ?? this.#first;
    switch (status) {
      case 'ACK_STATUS_ACCEPTED': {
        const answered = Math.max(0, end - this.#first);
        this.#outputs.splice(0, answered);
        this.#first += answered;
        this.#sent = Math.max(0, this.#sent - answered);
        if (this.#outputs.length < maxUnanswered) this.#wake();
        return;
      }
      case 'ACK_STATUS_MISSING_EMITS': {
        const from = missing?.[0]?.first ?? 0;
        if (from < this.#first) {
          this.#onLost();
          return;
        }
        // Sent, and lost on the way: everything from there on is sent again.
        this.#sent = from - this.#first;
        this.#flushSoon();
        return;
      }
      default:
        this.#onRefused(status ?? '');
    }
  }

  #room(): Promise<void> {
    const signal = this.#signal();
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason);
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      this.#wakes.push(() => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
    });
  }

  #wake(): void {
    for (const wake of this.#wakes.splice(0)) wake();
  }

  /**
   * Flushes once in a turn of the event loop, so that what becomes ready in it goes in one frame, as far as it fits.
   */
  #flushSoon(): void {
    if (this.#isFlushing || !this.#frames) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#frames && this.#sent < this.#outputs.length) {
      const from = this.#sent;
      let to = from;
      for (let bytes = emitBytes; to < this.#outputs.length && to - from < maxEmitted; to++) {
        bytes += bytesOf(this.#outputs[to]!);
        if (bytes > this.#limits.maxFrameBytes / 2 && to > from) break;
      }
      this.#sent = to;
      this.#ends.push(this.#first + to);
      const item: Emit = {
        ...this.#lease,
        firstIndex: this.#first + from,
        outputs: this.#outputs.slice(from, to),
      };
      this.#frames.sendEmits([item]);
    }
  }
}
