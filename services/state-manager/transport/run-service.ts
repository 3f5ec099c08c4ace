import type {
  FollowLogsRequest__Output,
  FollowLogsResponse,
  RunServiceHandlers,
  WatchRunRequest__Output,
  WatchRunResponse,
} from '@fanout/proto';
import type { AnswerStreams } from './answer-streams.ts';
import type { CallStreams } from './call-runs.ts';
import { decodeSummarizeBranches, encodeBranchSummary } from './codec/branches.ts';
import { decodeCancelRun, decodeControlTarget, decodeCorrections, decodeRetryRun } from './codec/control.ts';
import { charactersOfLine, decodeReadLogs, encodeLogLine } from './codec/logs.ts';
import {
  decodeCancelRuns,
  decodeDeleteRuns,
  decodeRetryRuns,
  decodeRunJobAddress,
  encodeRunJob,
} from './codec/run-jobs.ts';
import {
  decodeListRuns,
  decodePageOfRun,
  decodeRunId,
  decodeTriggerRun,
  encodeResults,
  encodeRun,
  encodeRuns,
  encodeWait,
} from './codec/runs.ts';
import {
  charactersOf,
  decodeGetState,
  decodeListStates,
  encodeFailureGroups,
  encodeStateDetails,
  encodeStates,
} from './codec/states.ts';
import { encodeStore } from './codec/store.ts';
import { charactersOfScope, decodeExplainUnite, encodeUniteScopes } from './codec/unites.ts';
import type { Context } from './context.ts';
import { pageWithinFrame } from './page-within-frame.ts';
import { reading, unary } from './unary.ts';

export function createRunService(
  context: Context,
  {
    watches,
    follows,
    calls,
  }: {
    readonly watches: AnswerStreams<WatchRunRequest__Output, WatchRunResponse>;
    readonly follows: AnswerStreams<FollowLogsRequest__Output, FollowLogsResponse>;
    readonly calls: CallStreams;
  },
): RunServiceHandlers {
  const { runs, runJobs, stores, logs } = context.engine;
  const { maxFrameBytes } = context.limits;
  return {
    TriggerRun: unary(context, (request, namespace) => runs.trigger(decodeTriggerRun(request, namespace))),
    CallRuns: (call) => calls.open(call),
    GetRun: unary(context, async (request, namespace) => {
      const { includeWaits = false } = request;
      const { run, waits } = await runs.get(namespace, decodeRunId(request), { includeWaits });
      return { run: encodeRun(run), waits: waits.map(encodeWait) };
    }),
    ListRuns: reading(context, async (request, namespace) => {
      const { filter, page } = decodeListRuns(request);
      return encodeRuns(await runs.list(namespace, filter, page));
    }),
    WatchRun: (call) => watches.open(call),
    ListResults: reading(context, async (request, namespace) => {
      const { runId, page: asked } = decodePageOfRun(request);
      return encodeResults(
        await pageWithinFrame(
          asked,
          maxFrameBytes,
          (result) => result.outputJson.length + result.path.length,
          (page) => runs.results(namespace, runId, page),
        ),
      );
    }),
    ListStates: reading(context, async (request, namespace) => {
      const { runId, filter, page: asked } = decodeListStates(request);
      return encodeStates(
        await pageWithinFrame(asked, maxFrameBytes, charactersOf, (page) =>
          runs.states(namespace, runId, filter, page),
        ),
      );
    }),
    GetState: reading(context, async (request, namespace) => {
      const { stateId, includeInputs } = decodeGetState(request);
      return encodeStateDetails(await runs.state(namespace, stateId, { includeInputs }));
    }),
    GroupFailures: reading(context, async (request, namespace) =>
      encodeFailureGroups(await runs.groupFailures(namespace, decodeRunId(request))),
    ),
    CancelRun: unary(context, (request, namespace) => {
      const { target, reason } = decodeCancelRun(request);
      return runs.cancel(namespace, target, reason);
    }),
    PauseRun: unary(context, (request, namespace) => runs.pause(namespace, decodeControlTarget(request))),
    ResumeRun: unary(context, (request, namespace) => runs.resume(namespace, decodeControlTarget(request))),
    RetryRun: unary(context, (request, namespace) => {
      const target = decodeRetryRun(request);
      return runs.retry(namespace, target, decodeCorrections(request));
    }),
    DeleteRun: unary(context, async (request, namespace) => {
      await runs.delete(namespace, decodeRunId(request));
      return {};
    }),
    ExplainUnite: reading(context, async (request, namespace) => {
      const { question, page: asked } = decodeExplainUnite(request);
      return encodeUniteScopes(
        await pageWithinFrame(asked, maxFrameBytes, charactersOfScope, (page) =>
          runs.explainUnite(namespace, question, page),
        ),
      );
    }),
    GetStore: reading(context, async (request, namespace) => {
      const { runId, page: asked } = decodePageOfRun(request);
      return encodeStore(
        await pageWithinFrame(
          asked,
          maxFrameBytes,
          (entry) => entry.valueJson.length,
          (page) => stores.list(namespace, runId, page),
        ),
      );
    }),
    SummarizeBranches: reading(context, async (request, namespace) =>
      encodeBranchSummary(await runs.summarizeBranches(namespace, decodeSummarizeBranches(request))),
    ),
    CancelRuns: unary(context, async (request, namespace) => ({
      job: encodeRunJob(await runJobs.start(decodeCancelRuns(request, namespace))),
    })),
    RetryRuns: unary(context, async (request, namespace) => ({
      job: encodeRunJob(await runJobs.start(decodeRetryRuns(request, namespace))),
    })),
    DeleteRuns: unary(context, async (request, namespace) => ({
      job: encodeRunJob(await runJobs.start(decodeDeleteRuns(request, namespace))),
    })),
    GetRunJob: unary(context, async (request, namespace) => ({
      job: encodeRunJob(await runJobs.get(decodeRunJobAddress(request, namespace))),
    })),
    ListRunJobs: reading(context, async (_, namespace) => ({
      jobs: (await runJobs.list(namespace)).map(encodeRunJob),
    })),
    StopRunJob: unary(context, (request, namespace) => runJobs.stop(decodeRunJobAddress(request, namespace))),
    ReadLogs: reading(context, async (request, namespace) => {
      const { runId, filter, page: asked } = decodeReadLogs(request);
      let dropped = 0;
      const { items, nextPageToken = '' } = await pageWithinFrame(
        asked,
        maxFrameBytes,
        charactersOfLine,
        async (page) => {
          const { lines, ...more } = await logs.read(namespace, runId, filter, page);
          dropped = more.dropped;
          return { ...more, items: lines };
        },
      );
      return { lines: items.map(encodeLogLine), nextPageToken, dropped };
    }),
    FollowLogs: (call) => follows.open(call),
  };
}
