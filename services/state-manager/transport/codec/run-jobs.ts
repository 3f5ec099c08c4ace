/** Jobs that act on many runs. */
import type * as wire from '@fanout/proto';
import type { RunJob, RunJobFilter, RunJobRequest } from '../../domain/model/run-job.ts';
import type { RunJobAddress } from '../../engine/ports/run-jobs.ts';
import { invalid, readAll, readId, readOptionalId, readText } from './fields.ts';
import { readLabels } from './labels.ts';
import { readInstant } from './runs.ts';
import {
  readRunStatus,
  readTriggerKind,
  runJobActionNames,
  runJobStatusNames,
  runStatusNames,
  triggerKindNames,
} from './statuses.ts';
import { toTimestamp } from './time.ts';

const maxReason = 1_024;
const maxKey = 256;

export function decodeCancelRuns(request: wire.CancelRunsRequest__Output, namespace: string): RunJobRequest {
  const fields = readAll({
    ...readersOf(request),
    reason: () => readText('reason', request.reason, maxReason),
  });
  return { namespace, action: 'CANCEL', ...fields };
}

export function decodeRetryRuns(request: wire.RetryRunsRequest__Output, namespace: string): RunJobRequest {
  return { namespace, action: 'RETRY', reason: '', ...readAll(readersOf(request)) };
}

export function decodeDeleteRuns(request: wire.DeleteRunsRequest__Output, namespace: string): RunJobRequest {
  return { namespace, action: 'DELETE', reason: '', ...readAll(readersOf(request)) };
}

export function decodeRunJobAddress(request: { readonly jobId?: string }, namespace: string): RunJobAddress {
  return { namespace, jobId: readId('job_id', request.jobId) };
}

export function encodeRunJob(job: RunJob): wire.RunJob {
  const { statuses, graphName = '', triggeredFrom, triggeredBefore, labels, triggerKinds = [] } = job.filter;
  const isAll = Object.keys(job.filter).length === 1 && statuses.length === 0;
  return {
    jobId: job.jobId,
    action: runJobActionNames[job.action],
    filter: {
      graphName,
      statuses: statuses.map((status) => runStatusNames[status]),
      triggeredFrom: triggeredFrom === undefined ? null : toTimestamp(triggeredFrom),
      triggeredBefore: triggeredBefore === undefined ? null : toTimestamp(triggeredBefore),
      all: isAll,
      labels: Object.fromEntries(labels ?? []),
      triggerKinds: triggerKinds.map((kind) => triggerKindNames[kind]),
      errorCode: job.filter.errorCode ?? '',
    },
    reason: job.reason,
    status: runJobStatusNames[job.status],
    stopping: job.isStopping,
    matched: job.matched,
    changed: job.changed,
    skipped: job.skipped,
    failed: job.failed,
    failures: job.failures.map(({ runId, code, message }) => ({ runId, failure: { code, message } })),
    createTime: toTimestamp(job.createdAt),
    endTime: job.endedAt === undefined ? null : toTimestamp(job.endedAt),
  };
}

interface WireRequest {
  readonly filter?: wire.RunFilter__Output;
  readonly idempotencyKey?: string;
}

function readersOf(request: WireRequest) {
  return {
    filter: () => readFilter(request.filter ?? {}),
    idempotencyKey: () => readText('idempotency_key', request.idempotencyKey, maxKey),
  };
}

/** @throws FanoutError FIELD_INVALID; a filter that picks all has to say so */
function readFilter(filter: wire.RunFilter__Output): RunJobFilter {
  const { graphName, statuses, triggeredFrom, triggeredBefore, labels, triggerKinds, errorCode } = readAll({
    graphName: () => readOptionalId('filter.graph_name', filter.graphName),
    statuses: () => (filter.statuses ?? []).map(readStatus),
    triggeredFrom: () => readInstant('filter.triggered_from', filter.triggeredFrom),
    triggeredBefore: () => readInstant('filter.triggered_before', filter.triggeredBefore),
    labels: () => readLabels(filter.labels),
    triggerKinds: () => (filter.triggerKinds ?? []).map(readKind),
    errorCode: () => readText('filter.error_code', filter.errorCode, 128),
  });
  const read = {
    ...(graphName !== '' && { graphName }),
    ...(triggeredFrom !== undefined && { triggeredFrom }),
    ...(triggeredBefore !== undefined && { triggeredBefore }),
    ...(labels.size > 0 && { labels }),
    ...(triggerKinds.length > 0 && { triggerKinds }),
    ...(errorCode !== '' && { errorCode }),
  };
  const isEmpty = Object.keys(read).length === 0 && statuses.length === 0;
  if (isEmpty && !filter.all) {
    const fields = 'graph_name, statuses, labels, triggered_from or another field';
    throw invalid('filter', `is empty: set ${fields}, or all if every run of the namespace is meant`);
  }
  if (!isEmpty && filter.all) {
    throw invalid('filter.all', 'goes with no other field: leave it out, or leave out the others');
  }
  // As in ListRuns, so that who looks first acts on what was shown.
  const failedOnly = errorCode !== '' && statuses.length === 0;
  return { ...read, statuses: failedOnly ? ['FAILED'] : [...new Set(statuses)] };
}

function readStatus(name: unknown, index: number) {
  const status = readRunStatus(name);
  if (status === undefined)
    throw invalid(`filter.statuses[${index}]`, 'is no status: leave it out, or name one');
  return status;
}

function readKind(name: unknown, index: number) {
  const kind = readTriggerKind(name);
  if (kind === undefined)
    throw invalid(`filter.trigger_kinds[${index}]`, 'is no kind: leave it out, or name one');
  return kind;
}
