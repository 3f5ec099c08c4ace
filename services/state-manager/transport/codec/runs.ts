import type * as wire from '@fanout/proto';
import type { Page } from '../../domain/model/page.ts';
import type {
  NodeCounts,
  Run,
  RunFilter,
  RunResult,
  RunSummary,
  TriggerKind,
  TriggerRequest,
} from '../../domain/model/run.ts';
import type { TimeSummary } from '../../domain/model/time-histogram.ts';
import type { Wait } from '../../domain/model/wait.ts';
import type { PageRequest } from '../../engine/ports/api.ts';
import {
  invalid,
  readAll,
  readId,
  readInteger,
  readJsonObject,
  readOptionalId,
  readPage,
  readText,
} from './fields.ts';
import { readLabels } from './labels.ts';
import {
  readRunStatus,
  readTriggerKind,
  runStatusNames,
  triggerKindNames,
  waitReasonNames,
} from './statuses.ts';
import { fromTimestamp, toTimestamp } from './time.ts';

/** W3C trace context; later versions may add fields at the end. */
const traceparentRule = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-[0-9a-f-]{1,128})?$/;

function readTraceparent(traceparent: string | undefined): string {
  if (traceparent === undefined || traceparent === '') return '';
  if (traceparent.length > 256 || !traceparentRule.test(traceparent)) {
    throw invalid('traceparent', 'must be a W3C traceparent, such as 00-<32 hex digits>-<16 hex digits>-01');
  }
  return traceparent;
}

/** The end of the year 9999, as far as a Timestamp goes. */
const latestInstant = Date.UTC(10_000, 0, 1);

export function readInstant(
  field: string,
  time: wire.TriggerRunRequest__Output['startTime'],
): number | undefined {
  if (time === undefined) return undefined;
  const at = fromTimestamp(time);
  const { nanos = 0 } = time;
  if (nanos < 0 || nanos > 999_999_999) {
    throw invalid(field, `has ${nanos} nanos, they must be from 0 to 999999999`);
  }
  if (Number.isSafeInteger(at) && at >= 0 && at < latestInstant) return at;
  throw invalid(field, 'must lie between the years 1970 and 9999');
}

/** @param kind of the call that it comes with */
export function decodeTriggerRun(
  request: wire.TriggerRunRequest__Output,
  namespace: string,
  kind: TriggerKind = 'API',
): TriggerRequest {
  const { startAt, ...fields } = readAll({
    graphName: () => readId('graph_name', request.graphName),
    inputsJson: () => readJsonObject('inputs_json', request.inputsJson),
    idempotencyKey: () => readText('idempotency_key', request.idempotencyKey, 256),
    priority: () => readInteger('priority', request.priority, { min: -100, max: 100 }),
    startAt: () => readInstant('start_time', request.startTime),
    traceparent: () => readTraceparent(request.traceparent),
    labels: () => readLabels(request.labels),
  });
  const storeJson = new Map(Object.entries(request.storeJson ?? {}));
  return { namespace, storeJson, kind, ...fields, ...(startAt !== undefined && { startAt }) };
}

interface WirePageOfRun {
  readonly runId?: string;
  readonly pageSize?: number;
  readonly pageToken?: string;
}

/** The run that a request names. */
export function decodeRunId(request: { readonly runId?: string }): string {
  return readId('run_id', request.runId);
}

export function decodeListRuns(request: wire.ListRunsRequest__Output): {
  filter: RunFilter;
  page: PageRequest;
} {
  const { graphName, status, triggeredFrom, triggeredBefore, labels, triggerKinds, errorCode, page } =
    readAll({
      graphName: () => readOptionalId('graph_name', request.graphName),
      status: () => readRunStatus(request.status),
      triggeredFrom: () => readInstant('triggered_from', request.triggeredFrom),
      triggeredBefore: () => readInstant('triggered_before', request.triggeredBefore),
      labels: () => readLabels(request.labels),
      triggerKinds: () => (request.triggerKinds ?? []).map(readTriggerKind),
      errorCode: () => readText('error_code', request.errorCode, 128),
      page: () => readPage(request),
    });
  const kinds = triggerKinds.filter((kind) => kind !== undefined);
  const filter = {
    ...(graphName !== '' && { graphName }),
    ...(status !== undefined ? { status } : errorCode !== '' && { status: 'FAILED' as const }),
    ...(triggeredFrom !== undefined && { triggeredFrom }),
    ...(triggeredBefore !== undefined && { triggeredBefore }),
    ...(labels.size > 0 && { labels }),
    ...(kinds.length > 0 && { triggerKinds: kinds }),
    ...(errorCode !== '' && { errorCode }),
  };
  return { filter, page };
}

/** A page of something that a run has. */
export function decodePageOfRun(request: WirePageOfRun): { runId: string; page: PageRequest } {
  return readAll({ runId: () => decodeRunId(request), page: () => readPage(request) });
}

function encodeTimes(times: TimeSummary | undefined): wire.TimeHistogram | null {
  return times ? { ...times, counts: [...times.counts], boundsMs: [...times.boundsMs] } : null;
}

function encodeCounts({ identifier, nodeName, byStatus, ...counts }: NodeCounts): wire.NodeCounts {
  return {
    identifier,
    nodeName,
    created: byStatus.CREATED,
    queued: byStatus.QUEUED,
    executed: byStatus.EXECUTED,
    success: byStatus.SUCCESS,
    errored: byStatus.ERRORED,
    retryCreated: byStatus.RETRY_CREATED,
    pruned: byStatus.PRUNED,
    cancelled: byStatus.CANCELLED,
    superseded: counts.superseded,
    executions: counts.executions,
    outputs: counts.outputs,
    retries: counts.retries,
    waitingTimes: encodeTimes(counts.waitingTimes),
    runningTimes: encodeTimes(counts.runningTimes),
  };
}

export function encodeSummary(run: RunSummary): wire.Run {
  return {
    runId: run.runId,
    namespace: run.namespace,
    graphName: run.graphName,
    graphVersion: run.graphVersion,
    status: runStatusNames[run.status],
    createTime: toTimestamp(run.createdAt),
    startTime: run.startAt === undefined ? null : toTimestamp(run.startAt),
    endTime: run.endedAt === undefined ? null : toTimestamp(run.endedAt),
    stateCount: run.stateCount,
    priority: run.priority,
    labels: Object.fromEntries(run.labels),
    triggerKind: triggerKindNames[run.triggerKind],
  };
}

export function encodeRun(run: Run): wire.Run {
  return { ...encodeSummary(run), counts: run.counts.map(encodeCounts) };
}

export function encodeWait({ identifier, nodeName, reason, count, dueAt, text }: Wait): wire.Wait {
  const dueTime = dueAt === undefined ? null : toTimestamp(dueAt);
  return { identifier, nodeName, reason: waitReasonNames[reason], count, dueTime, text };
}

export function encodeRuns(page: Page<RunSummary>): wire.ListRunsResponse {
  return { runs: page.items.map(encodeSummary), nextPageToken: page.nextPageToken ?? '' };
}

export function encodeResult(result: RunResult): wire.RunResult {
  return {
    identifier: result.identifier,
    stateId: result.stateId,
    path: result.path,
    outputJson: result.outputJson,
  };
}

export function encodeResults(page: Page<RunResult>): wire.ListResultsResponse {
  return { results: page.items.map(encodeResult), nextPageToken: page.nextPageToken ?? '' };
}
