import type { RunCall__Output } from '@fanout/proto';
import Denque from 'denque';
import type { RunsApi } from '../engine/ports/api.ts';
import { FanoutError } from '../errors.ts';
import { InTurns } from '../in-turns.ts';
import {
  bytesOfCall,
  decodeCallId,
  decodeRunCall,
  type RunCall,
  type RunCallAnswer,
} from './codec/run-calls.ts';
import { decodeTriggerRun } from './codec/runs.ts';
import type { WireStatus } from './errors-to-grpc.ts';

/** Calls of one stream that may go on at a time. */
const maxCalls = 100_000;
/** Calls that one turn of the event loop begins, so that others get theirs. */
const callsPerTurn = 64;
/** Ends of one stream that are read at a time. */
const endsAtOnce = 256;
/** Messages of the largest size whose triggers may be unanswered before no more are read. */
const unansweredFrames = 4;

/** One call that goes on. */
interface OpenCall {
  readonly callId: number;
  /** Bytes that it holds until its trigger is answered. */
  readonly bytes: number;
  isForgotten: boolean;
  /** It was told of its run, which is to be read, or was read when that was told. */
  isTold: boolean;
  isReading: boolean;
  /** Ends being told of the run. */
  stop: () => void;
}

/** One call whose run is known, and awaited. */
interface Waiting {
  readonly open: OpenCall;
  readonly namespace: string;
  readonly runId: string;
  readonly omitResults: boolean;
}

export interface RunCallsOptions {
  readonly runs: Pick<RunsApi, 'trigger' | 'onEnd' | 'end'>;
  readonly maxFrameBytes: number;
  /** Counts a call. @throws FanoutError QUOTA_EXCEEDED */
  readonly countRequest: (namespace: string) => Promise<void>;
  /** The namespace in which a call acts. @throws FanoutError NAMESPACE_INVALID, PERMISSION_DENIED */
  readonly namespaceOf: (requested: string | undefined) => string;
  readonly answer: (answer: RunCallAnswer) => void;
  /** The status that tells of what was thrown. */
  readonly statusOf: (thrown: unknown) => WireStatus;
  /** True as long as answers wait for the reader: no ends are read then. */
  readonly isReaderBehind: () => boolean;
  /** `isFull` has changed. */
  readonly onFlow: () => void;
  /** No trigger is unanswered any more, or no call goes on. */
  readonly onRest: () => void;
}

/** The calls of one stream. */
export class RunCalls {
  readonly #options: RunCallsOptions;
  readonly #open = new Map<number, OpenCall>();
  readonly #beginning = new InTurns(callsPerTurn);
  readonly #toRead = new Denque<Waiting>();
  #unanswered = 0;
  #unansweredBytes = 0;
  #reading = 0;
  #isFull = false;

  constructor(options: RunCallsOptions) {
    this.#options = options;
  }

  /** Number of calls that go on. */
  get size(): number {
    return this.#open.size;
  }

  /** Number of calls that were taken in, and whose triggers are not answered. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** More is unanswered than should be: take nothing in until it is less. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Takes calls in. @throws FanoutError FRAME_INVALID a number is none, or is that of a call which goes on */
  take(calls: readonly RunCall__Output[]): void {
    for (const call of calls) {
      const callId = decodeCallId(call.callId);
      if (this.#open.has(callId)) {
        throw new FanoutError(
          'FRAME_INVALID',
          `call_id ${callId} is that of a call which goes on: give each its own`,
        );
      }
      if (this.#open.size >= maxCalls) {
        const rule = `${maxCalls} calls of this stream go on: await some of them, or forget them`;
        this.#fail(callId, new FanoutError('TOO_MANY_CALLS', rule));
        continue;
      }
      const open: OpenCall = {
        callId,
        bytes: bytesOfCall(call),
        isForgotten: false,
        isTold: false,
        isReading: false,
        stop: () => {},
      };
      this.#open.set(callId, open);
      this.#unanswered++;
      this.#unansweredBytes += open.bytes;
      this.#beginning.add(() => void this.#begin(open, call));
    }
    this.#watchFlow();
  }

  /** Answers to these calls are not wanted any more. */
  forget(callIds: readonly number[]): void {
    for (const callId of callIds) {
      const open = this.#open.get(callId);
      if (open) this.#close(open);
    }
  }

  /** Reads ends as far as the reader keeps up. */
  readEnds(): void {
    while (this.#reading < endsAtOnce && !this.#options.isReaderBehind()) {
      const waiting = this.#toRead.shift();
      if (!waiting) return;
      if (!waiting.open.isForgotten) void this.#readEnd(waiting);
    }
  }

  /** Forgets everything. */
  stop(): void {
    for (const open of this.#open.values()) this.#close(open);
    this.#beginning.clear();
    this.#toRead.clear();
  }

  /** Begins a call. Never rejects: what is wrong is answered. */
  async #begin(open: OpenCall, message: RunCall__Output): Promise<void> {
    try {
      if (!open.isForgotten) await this.#start(open, decodeRunCall(message));
    } catch (error) {
      if (!open.isForgotten) this.#fail(open.callId, error);
      this.#close(open);
    }
    this.#unanswered--;
    this.#unansweredBytes -= open.bytes;
    this.#watchFlow();
    if (this.#unanswered === 0) this.#options.onRest();
  }

  async #start(open: OpenCall, { run, awaitEnd, omitResults }: RunCall): Promise<void> {
    const { runs, namespaceOf, countRequest, answer } = this.#options;
    if (run.kind === 'existing') {
      const { runId } = run;
      this.#tell(this.#await({ open, namespace: namespaceOf(run.namespace), runId, omitResults }));
      return;
    }
    const namespace = namespaceOf(run.request.namespace);
    await countRequest(namespace);
    if (open.isForgotten) return;
    const { runId, created } = await runs.trigger(
      decodeTriggerRun(run.request, namespace, awaitEnd ? 'CALL' : 'API'),
    );
    if (open.isForgotten) return;
    answer({ kind: 'started', callId: open.callId, runId, created });
    if (!awaitEnd) {
      this.#close(open);
      return;
    }
    const waiting = this.#await({ open, namespace, runId, omitResults });
    // One that was there may have ended long ago.
    if (!created) this.#tell(waiting);
  }

  #await(waiting: Waiting): Waiting {
    waiting.open.stop = this.#options.runs.onEnd(waiting.runId, () => this.#tell(waiting));
    return waiting;
  }

  /** Has it looked at whether a run has ended. */
  #tell(waiting: Waiting): void {
    if (waiting.open.isTold || waiting.open.isForgotten) return;
    waiting.open.isTold = true;
    // An end is told more than once, by the step and by a notice: what is read now most likely knows of it.
    if (!waiting.open.isReading) this.#readSoon(waiting);
  }

  #readSoon(waiting: Waiting): void {
    this.#toRead.push(waiting);
    this.readEnds();
  }

  async #readEnd(waiting: Waiting): Promise<void> {
    const { open, namespace, runId, omitResults } = waiting;
    const { runs, answer } = this.#options;
    open.isTold = false;
    open.isReading = true;
    this.#reading++;
    try {
      const end = await runs.end(namespace, runId, { omitResults });
      if (end && !open.isForgotten) {
        answer({ kind: 'ended', callId: open.callId, end });
        this.#close(open);
      }
    } catch (error) {
      if (!open.isForgotten) this.#fail(open.callId, error);
      this.#close(open);
    }
    open.isReading = false;
    this.#reading--;
    // It went on when it was read, and was told of since.
    if (open.isTold && !open.isForgotten) this.#readSoon(waiting);
    else this.readEnds();
  }

  #fail(callId: number, error: unknown): void {
    this.#options.answer({ kind: 'failed', callId, status: this.#options.statusOf(error) });
  }

  #close(open: OpenCall): void {
    if (open.isForgotten) return;
    open.isForgotten = true;
    open.stop();
    this.#open.delete(open.callId);
    if (this.#open.size === 0) this.#options.onRest();
  }

  #watchFlow(): void {
    const fullBytes = unansweredFrames * this.#options.maxFrameBytes;
    // Between the two it stays as it is: reading on and off for each answer would cost more than it saves.
    if (this.#isFull ? this.#unansweredBytes > fullBytes / 2 : this.#unansweredBytes <= fullBytes) return;
    this.#isFull = !this.#isFull;
    this.#options.onFlow();
  }
}
