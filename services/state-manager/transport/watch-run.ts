import type { WatchRunRequest__Output, WatchRunResponse, RunResult as WireRunResult } from '@fanout/proto';
import { FanoutError } from '../errors.ts';
import { type AnswerCall, countedWatch, send } from './answer-streams.ts';
import { decodeRunId, encodeResult, encodeRun } from './codec/runs.ts';
import type { Context } from './context.ts';

type WatchCall = AnswerCall<WatchRunRequest__Output, WatchRunResponse>;

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

/** Serves one watch of a run, to the run's end. */
export async function watch(context: Context, call: WatchCall, signal: AbortSignal): Promise<void> {
  await countedWatch(context, call, async (namespace) => {
    await watchRun(context, call, { namespace, runId: decodeRunId(call.request) }, signal);
  });
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
