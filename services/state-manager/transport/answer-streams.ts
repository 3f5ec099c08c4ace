/** Calls with one request, whose answers come for as long as there are any. */
import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { FanoutError } from '../errors.ts';
import { InTurns } from '../in-turns.ts';
import { resolveNamespace } from './authorize.ts';
import type { Context } from './context.ts';
import { endingOf } from './errors-to-grpc.ts';

/** One of these calls, as its handler gets it. */
export type AnswerCall<Request, Answer> = ServerWritableStream<Request, Answer>;

/** Calls that one turn of the event loop begins, and that it ends. */
const callsPerTurn = 12;

/** The calls of one RPC that are open. */
export interface AnswerStreams<Request, Answer> {
  open(call: AnswerCall<Request, Answer>): void;
  /** Ends every one of them with the error. */
  endAll(error: FanoutError): void;
}

/** Sends a message, and waits for the reader when it is behind. */
export async function send<Answer>(
  call: AnswerCall<unknown, Answer>,
  message: Answer,
  signal: AbortSignal,
): Promise<void> {
  if (!call.write(message)) await once(call, 'drain', { signal });
}

/**
 * Serves a call that counts as a watch of its namespace, for as long as it lasts.
 * @throws FanoutError QUOTA_EXCEEDED, and what `serve` throws
 */
export async function countedWatch<Request extends { readonly namespace?: string }>(
  context: Context,
  call: AnswerCall<Request, never>,
  serve: (namespace: string) => Promise<void>,
): Promise<void> {
  const namespace = resolveNamespace(context.callerOf(call.metadata), call.request.namespace);
  const { quotas } = context.engine;
  await quotas.countRequest(namespace);
  const leave = await quotas.enter(namespace, 'watches');
  try {
    await serve(namespace);
  } finally {
    leave();
  }
}

/** @param serve answers one call to its end; the signal fires when the caller has gone, or the call is to end */
export function createAnswerStreams<Request, Answer>(
  context: Context,
  serve: (context: Context, call: AnswerCall<Request, Answer>, signal: AbortSignal) => Promise<void>,
): AnswerStreams<Request, Answer> {
  const controllers = new Set<AbortController>();
  const beginning = new InTurns(callsPerTurn);
  const leaving = new InTurns(callsPerTurn);

  async function run(call: AnswerCall<Request, Answer>): Promise<void> {
    // It went away while it waited for its turn.
    if (call.cancelled) return;
    const controller = new AbortController();
    const { signal } = controller;
    controllers.add(controller);
    call.once('cancelled', () => leaving.add(() => controller.abort()));
    const stopLooking = context.rechecks.add(call, (error) => controller.abort(error));
    try {
      await serve(context, call, signal);
    } catch (error) {
      const ended = signal.aborted ? signal.reason : error;
      // A caller that went away is told nothing.
      if (ended instanceof Error && ended.name === 'AbortError') return;
      call.emit('error', endingOf(ended, context.log, { method: call.getPath(), peer: call.getPeer() }));
    } finally {
      stopLooking();
      controllers.delete(controller);
    }
  }

  return {
    open: (call) => beginning.add(() => void run(call)),
    endAll(error) {
      for (const controller of controllers) controller.abort(error);
    },
  };
}
