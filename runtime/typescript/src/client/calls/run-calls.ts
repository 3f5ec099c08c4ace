/**
 * Calls of runs over one stream: what is called in one turn of the event loop is one message, and so are the answers.
 *
 *     call(a), call(b)         one message: trigger a, trigger b         both are answered: started
 *     the stream breaks        c has no answer to its trigger: it fails, as a call of its own would
 *     the stream is refused    nothing of c has begun: it is sent again, to another state manager if there is one
 *     a new stream             a and b are awaited by the ids of their runs
 *     no call is left          the stream is ended, so that it does not keep the process
 */
import type {
  RunCall,
  RunCallAnswer__Output,
  RunEnd__Output,
  TriggerRunRequest,
  TriggerRunResponse__Output,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { FanoutError } from '../../wire/errors.ts';
import { onAbort } from '../../wire/on-abort.ts';
import { Outcome } from '../outcome.ts';
import { isAway, Patience } from '../patience.ts';
import { deadlineMs, type Endpoint, type Services } from '../services.ts';
import { inMessages, isSmall } from './call-messages.ts';
import { CallStream } from './call-stream.ts';

/**
 * Time for which a stream without a call stays open, milliseconds, if there was another one shortly before it: an open
 * stream keeps the process, so that one which calls once should not wait for it.
 */
const lingerMs = 100;
const shortlyMs = 1_000;

type Trigger = Omit<TriggerRunRequest, 'namespace'>;

/** One call that goes on. */
interface Call {
  readonly callId: number;
  /** Message that begins it; once its run is known, one that awaits that. */
  request: RunCall;
  /** Undefined: nobody waits for the end. */
  readonly ended: ((end: RunEnd__Output) => void) | undefined;
  /** Undefined: the run is there. */
  started: ((run: TriggerRunResponse__Output) => void) | undefined;
  readonly fail: (error: unknown) => void;
  deadline: NodeJS.Timeout | undefined;
  /** Number of times that its trigger was refused and sent again. */
  resends: number;
}

/** A run that was started, and its end. */
export interface StartedCall {
  readonly run: TriggerRunResponse__Output;
  /** Waits for the end. @throws FanoutError; the signal's reason */
  end(signal: AbortSignal | undefined): Promise<RunEnd__Output>;
}

/** Starts runs and waits for their ends, over one stream that is open as long as there are calls. */
export class RunCalls {
  readonly #services: Services;
  readonly #calls = new Map<number, Call>();
  /** Calls that go with the next message, on the stream that is open then. */
  readonly #unsent = new Set<Call>();
  #forgotten: number[] = [];
  #lastId = 0;
  #stream: CallStream | undefined;
  readonly #patience = new Patience();
  #isSending = false;
  #pause: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;
  #lingerMs = 0;
  #leftAt = Number.NEGATIVE_INFINITY;

  constructor(services: Services) {
    this.#services = services;
  }

  /** Starts a run. @throws FanoutError what `TriggerRun` would say */
  start(trigger: Trigger): Promise<TriggerRunResponse__Output> {
    if (!isSmall(trigger)) return this.#services.call('runs', 'triggerRun', trigger);
    return new Promise((started, fail) => {
      this.#begin({ trigger: this.#named(trigger) }, { started, ended: undefined, fail });
    });
  }

  /** Starts a run that is awaited. @throws FanoutError what `TriggerRun` would say */
  async call(trigger: Trigger): Promise<StartedCall> {
    if (!isSmall(trigger)) {
      const run = await this.start(trigger);
      return { run, end: (signal) => this.end(run.runId ?? '', signal) };
    }
    const end = new Outcome<RunEnd__Output>();
    return new Promise((resolve, reject) => {
      const call: Call = this.#begin(
        { trigger: this.#named(trigger), awaitEnd: true },
        {
          started: (run) => resolve({ run, end: (signal) => this.#until(call, end, signal) }),
          ended: end.resolve,
          fail: (error) => {
            end.reject(error);
            reject(error);
          },
        },
      );
    });
  }

  /** Waits for the end of a run. @throws FanoutError; the signal's reason */
  async end(runId: string, signal: AbortSignal | undefined): Promise<RunEnd__Output> {
    signal?.throwIfAborted();
    const end = new Outcome<RunEnd__Output>();
    const call = this.#begin(this.#existing(runId), {
      started: undefined,
      ended: end.resolve,
      fail: end.reject,
    });
    return this.#until(call, end, signal);
  }

  /** Ends every call. */
  close(): void {
    const failure = new FanoutError('the client was closed', { code: grpc.status.CANCELLED });
    for (const call of this.#calls.values()) this.#fail(call, failure);
    clearTimeout(this.#linger);
    this.#stream?.cancel();
    this.#stream = undefined;
  }

  #named(trigger: Trigger): TriggerRunRequest {
    return { namespace: this.#services.namespace, ...trigger };
  }

  #existing(runId: string): RunCall {
    return { runId, namespace: this.#services.namespace, awaitEnd: true };
  }

  #begin(request: RunCall, outcome: Pick<Call, 'started' | 'ended' | 'fail'>): Call {
    const call: Call = { ...outcome, callId: ++this.#lastId, request, deadline: undefined, resends: 0 };
    if (call.started) call.deadline = setTimeout(() => this.#isLate(call), deadlineMs);
    this.#calls.set(call.callId, call);
    this.#unsent.add(call);
    this.#sendSoon();
    return call;
  }

  async #until(
    call: Call,
    end: Outcome<RunEnd__Output>,
    signal: AbortSignal | undefined,
  ): Promise<RunEnd__Output> {
    const abort = () => {
      this.#forget(call);
      end.reject(signal?.reason);
    };
    if (signal?.aborted) abort();
    const stopListening = onAbort(signal, abort);
    try {
      return await end.promise;
    } finally {
      stopListening();
    }
  }

  #isLate(call: Call): void {
    const seconds = deadlineMs / 1_000;
    this.#forget(call);
    call.fail(
      new FanoutError(`the state manager at ${this.#services.address} has not answered within ${seconds} s`, {
        code: grpc.status.DEADLINE_EXCEEDED,
      }),
    );
  }

  #sendSoon(): void {
    clearTimeout(this.#linger);
    if (this.#isSending) return;
    this.#isSending = true;
    setImmediate(() => void this.#send());
  }

  async #send(): Promise<void> {
    let stream = this.#stream;
    // What is called until one is found goes along.
    const endpoint = stream || this.#unsent.size === 0 ? undefined : await this.#services.reach();
    this.#isSending = false;
    if (this.#unsent.size === 0 && (!stream || this.#forgotten.length === 0)) return;
    clearTimeout(this.#pause);
    try {
      stream ??= this.#open(endpoint!);
    } catch (error) {
      for (const call of this.#unsent) this.#fail(call, FanoutError.from(error));
      return;
    }
    const calls = [...this.#unsent].map(({ callId, request }) => ({ callId, ...request }));
    const forget = this.#forgotten;
    this.#unsent.clear();
    this.#forgotten = [];
    for (const message of inMessages(calls, forget)) stream.send(message);
  }

  #open(endpoint: Endpoint): CallStream {
    this.#lingerMs = performance.now() - this.#leftAt < shortlyMs ? lingerMs : 0;
    this.#stream = new CallStream(this.#services, endpoint, {
      onOpen: () => this.#patience.answered(),
      onAnswers: (answers) => {
        for (const answer of answers) this.#take(answer);
      },
      onLost: (failure) => this.#lost(failure),
    });
    return this.#stream;
  }

  #take({ callId = 0, started, ended, failed }: RunCallAnswer__Output): void {
    const call = this.#calls.get(callId);
    if (!call) return;
    if (started) this.#started(call, started);
    else if (ended) {
      this.#close(call);
      this.#patience.answered();
      call.ended?.(ended);
    } else if (failed) {
      const error = FanoutError.fromStatus(failed);
      if (!call.started && isAway(error)) this.#again([call], error);
      else this.#fail(call, error);
    }
  }

  #started(call: Call, run: TriggerRunResponse__Output): void {
    const { started } = call;
    clearTimeout(call.deadline);
    call.started = undefined;
    call.request = this.#existing(run.runId ?? '');
    if (!call.ended) this.#close(call);
    started?.(run);
  }

  /** Fails the calls whose triggers may have been taken and were not answered; the others go on, on another stream. */
  #lost(failure: FanoutError): void {
    this.#stream = undefined;
    this.#forgotten = [];
    const waiting: Call[] = [];
    for (const call of this.#calls.values()) {
      if (this.#unsent.has(call)) continue;
      const isRefused = failure.refused && call.resends++ < this.#services.maxResends;
      if (call.started && !isRefused) this.#fail(call, failure);
      else waiting.push(call);
    }
    this.#again(waiting, failure);
  }

  /** Awaits runs anew, after a pause. */
  #again(calls: readonly Call[], failure: FanoutError): void {
    if (calls.length === 0) return;
    let pauseMs: number;
    try {
      pauseMs = this.#patience.pauseAfter(failure);
    } catch (error) {
      for (const call of calls) this.#fail(call, error);
      return;
    }
    for (const call of calls) this.#unsent.add(call);
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.#sendSoon(), pauseMs);
  }

  /** Waits for a call no more. */
  #forget(call: Call): void {
    if (!this.#unsent.has(call)) {
      this.#forgotten.push(call.callId);
      this.#sendSoon();
    }
    this.#close(call);
  }

  #fail(call: Call, error: unknown): void {
    this.#close(call);
    call.fail(error);
  }

  #close(call: Call): void {
    clearTimeout(call.deadline);
    this.#calls.delete(call.callId);
    this.#unsent.delete(call);
    if (this.#calls.size > 0) return;
    clearTimeout(this.#pause);
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => this.#leave(), this.#lingerMs);
  }

  #leave(): void {
    clearTimeout(this.#linger);
    if (this.#calls.size > 0) return;
    this.#forgotten = [];
    if (!this.#stream) return;
    this.#leftAt = performance.now();
    this.#stream.end();
    this.#stream = undefined;
  }
}
