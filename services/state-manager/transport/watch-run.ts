import { once } from 'node:events';
import type { WatchRunRequest__Output, WatchRunResponse, RunResult as WireRunResult } from '@fanout/proto';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { FanoutError } from '../errors.ts';
import { InTurns } from '../in-turns.ts';
import { resolveNamespace } from './authorize.ts';
import { decodeRunId, encodeResult, encodeRun } from './codec/runs.ts';
import type { Context } from './context.ts';
import { endingOf } from './errors-to-grpc.ts';

type WatchCall = ServerWritableStream<WatchRunRequest__Output, WatchRunResponse>;

/** Watches that one turn of the event loop begins, and that it ends. */
const watchesPerTurn = 12;

/** The watches that are open. */
export interface Watches {
  open(call: WatchCall): void;
  /** Ends every watch with the error. */
  endAll(error: FanoutError): void;
}

/** Waits for the reader when it is behind. */
async function send(call: WatchCall, message: WatchRunResponse, signal: AbortSignal): Promise<void> {
  if (!call.write(message)) await once(call, 'drain', { signal });
}

/** Snapshots until the run's end. @returns the instant of the end; undefined: it was not among them */
async function sendSnapshots(
  { engine }: Context,
  call: WatchCall,
  { namespace, runId }: { namespace: string; runId: string },
  signal: AbortSignal,
): Promise<number | undefined> {
  const endOnly = call.request.endOnly ?? false;
  let endedAt: number | undefined;
  for await (const run of engine.runs.watch(namespace, runId, { endOnly }, signal)) {
    await send(call, { run: encodeRun(run) }, signal);
    endedAt = run.endedAt;
  }
  return endedAt;
}

/** All results of a run that has ended, in messages of at most half a frame. */
async function sendResults(
  { engine, limits }: Context,
  call: WatchCall,
  { namespace, runId, endedAt }: { namespace: string; runId: string; endedAt: number },
  signal: AbortSignal,
): Promise<void> {
  const maxBytes = limits.maxFrameBytes / 2;
  let pageToken = '';
  do {
    const page = await engine.runs.results(namespace, runId, { pageSize: 1_000, pageToken }, endedAt);
    let results: WireRunResult[] = [];
    let bytes = 0;
    for (const result of page.items) {
      const size = (result.outputJson.length + result.path.length) * 3 + 512;
      if (results.length > 0 && bytes + size > maxBytes) {
        await send(call, { results }, signal);
        results = [];
        bytes = 0;
      }
      results.push(encodeResult(result));
      bytes += size;
    }
    if (results.length > 0) await send(call, { results }, signal);
    pageToken = page.nextPageToken ?? '';
    // Results that break off must never look as if they were all.
    signal.throwIfAborted();
  } while (pageToken !== '');
}

async function watch(context: Context, call: WatchCall, signal: AbortSignal): Promise<void> {
  const namespace = resolveNamespace(context.callerOf(call.metadata), call.request.namespace);
  const run = { namespace, runId: decodeRunId(call.request) };
  const { quotas } = context.engine;
  await quotas.countRequest(namespace);
  const leave = await quotas.enter(namespace, 'watches');
  try {
    await watchRun(context, call, run, signal);
  } finally {
    leave();
  }
}

/** Snapshots, then the results. */
async function watchRun(
  context: Context,
  call: WatchCall,
  run: { namespace: string; runId: string },
  signal: AbortSignal,
): Promise<void> {
  const endedAt = await sendSnapshots(context, call, run, signal);
  signal.throwIfAborted();
  if (endedAt === undefined) {
    throw new FanoutError('SHUTTING_DOWN', 'the watch ended before the run did: watch it again', {
      retryAfterMs: 1_000,
    });
  }
  if (call.request.omitResults !== true) await sendResults(context, call, { ...run, endedAt }, signal);
  call.end();
}

export function createWatches(context: Context): Watches {
  const controllers = new Set<AbortController>();
  const beginning = new InTurns(watchesPerTurn);
  const leaving = new InTurns(watchesPerTurn);

  async function run(call: WatchCall): Promise<void> {
    // It went away while it waited for its turn.
    if (call.cancelled) return;
    const controller = new AbortController();
    const { signal } = controller;
    controllers.add(controller);
    call.once('cancelled', () => leaving.add(() => controller.abort()));
    const stopLooking = context.rechecks.add(call, (error) => controller.abort(error));
    try {
      await watch(context, call, signal);
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
