import type { RunServiceHandlers } from '@fanout/proto';
import type { State } from '../domain/model.ts';
import { decodeCancelRun, decodeControlTarget, decodeRetryRun } from './codec/control.ts';
import { maxIdLength, readPage } from './codec/fields.ts';
import {
  decodeRunFilter,
  decodeRunId,
  decodeStateFilter,
  decodeTriggerRun,
  encodeResults,
  encodeRun,
  encodeRuns,
  encodeStates,
} from './codec/runs.ts';
import { encodeStore } from './codec/store.ts';
import { charactersOfScope, decodeExplainUnite, encodeUniteScopes } from './codec/unites.ts';
import type { Context } from './context.ts';
import { fitPage } from './fit-page.ts';
import { unary } from './unary.ts';
import type { Watches } from './watch-run.ts';

function charactersOf(state: State): number {
  const parents = Object.keys(state.parents).length * 2 * maxIdLength;
  return parents + state.path.length + (state.outputJson?.length ?? 0) + (state.failure?.message.length ?? 0);
}

export function createRunService(context: Context, watches: Watches): RunServiceHandlers {
  const { runs, stores } = context.engine;
  const { maxFrameBytes } = context.limits;
  return {
    TriggerRun: unary(context, (request, namespace) => runs.trigger(decodeTriggerRun(request, namespace))),
    GetRun: unary(context, async (request, namespace) => ({
      run: encodeRun(await runs.get(namespace, decodeRunId(request))),
    })),
    ListRuns: unary(context, async (request, namespace) =>
      encodeRuns(await runs.list(namespace, decodeRunFilter(request), readPage(request))),
    ),
    WatchRun: (call) => watches.open(call),
    ListResults: unary(context, async (request, namespace) => {
      const runId = decodeRunId(request);
      return encodeResults(
        await fitPage(
          readPage(request),
          maxFrameBytes,
          (result) => result.outputJson.length + result.path.length,
          (page) => runs.results(namespace, runId, page),
        ),
      );
    }),
    ListStates: unary(context, async (request, namespace) => {
      const runId = decodeRunId(request);
      const filter = decodeStateFilter(request);
      return encodeStates(
        await fitPage(readPage(request), maxFrameBytes, charactersOf, (page) =>
          runs.states(namespace, runId, filter, page),
        ),
      );
    }),
    CancelRun: unary(context, (request, namespace) => {
      const { target, reason } = decodeCancelRun(request);
      return runs.cancel(namespace, target, reason);
    }),
    PauseRun: unary(context, (request, namespace) => runs.pause(namespace, decodeControlTarget(request))),
    ResumeRun: unary(context, (request, namespace) => runs.resume(namespace, decodeControlTarget(request))),
    RetryRun: unary(context, (request, namespace) => runs.retry(namespace, decodeRetryRun(request))),
    ExplainUnite: unary(context, async (request, namespace) => {
      const question = decodeExplainUnite(request);
      return encodeUniteScopes(
        await fitPage(readPage(request), maxFrameBytes, charactersOfScope, (page) =>
          runs.explainUnite(namespace, question, page),
        ),
      );
    }),
    GetStore: unary(context, async (request, namespace) => {
      const runId = decodeRunId(request);
      return encodeStore(
        await fitPage(
          readPage(request),
          maxFrameBytes,
          (entry) => entry.valueJson.length,
          (page) => stores.list(namespace, runId, page),
        ),
      );
    }),
  };
}
