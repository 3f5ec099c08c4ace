/** Puts what users do to runs into the words of mark.lua, unmark.lua, retry.lua and uncount.lua. */
import type { ScopeBranch } from '../../domain/run/scope-record.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { CancelJob, MarkTarget, RetryScope } from '../../engine/ports/control.ts';
import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import type { RunStorage } from '../../engine/ports/storage.ts';
import { assertNever } from '../../errors.ts';
import { type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { markText, rankOf, wakeMessage } from '../layout/ready-places.ts';
import { encodeAttempts, readScopeId, scopeId } from '../layout/record-codec.ts';
import { scopeArgs, scopeKeys } from './scope-calls.ts';
import { KeyList, pushQueues } from './settle.ts';

/** How many parts of one run may be paused, and how many cancelled, at a time: claims read all of the marks. */
const maxMarks = 1_000;

export type MarkAction =
  | { readonly kind: 'cancel'; readonly outcome: 'CANCELLED' | 'FAILED'; readonly reason: string }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' };

export function markCall(keys: Keys, run: LoadedRun, target: MarkTarget, action: MarkAction): ScriptCall {
  const shard = keys.shardOf(run.runId);
  const nodes = action.kind === 'resume' ? run.graph.nodes : [];
  return {
    script: scriptNamed('mark'),
    keys: { run: keys.run(run.runId), cancelling: keys.cancelling(shard) },
    args: {
      run_id: run.runId,
      action: action.kind,
      target: markText(target),
      outcome: action.kind === 'cancel' ? action.outcome : '',
      reason: action.kind === 'cancel' ? action.reason : '',
      rank: rankOf(run),
      wake_channel: keys.wakeChannel(),
      most_marks: maxMarks,
    },
    moreKeys: nodes.flatMap(({ index, nodeName }) => [
      keys.ready(run.runId, index),
      keys.work(shard, run.namespace, nodeName),
      keys.parked(run.runId, index),
    ]),
    moreArgs: nodes.flatMap(({ index, maxParallel = 0 }) => [index, wakeMessage(run, index), maxParallel]),
  };
}

export function unmarkCall(
  keys: Keys,
  run: LoadedRun,
  job: CancelJob,
  { held, seen }: Parameters<RunStorage['cancelled']>[2],
): ScriptCall {
  const more = new KeyList();
  const args: (string | number)[] = [];
  pushQueues(keys, run, [...new Set(held.map(({ unite }) => unite))], more, args);
  args.push(held.length);
  for (const scope of held) args.push(scopeId(scope), scope.branch, scope.delivered ? 1 : 0);
  return {
    script: scriptNamed('unmark'),
    keys: scopeKeys(keys, run),
    args: {
      ...scopeArgs(keys, run),
      member: jobMember(job),
      mark: jobMark(job),
      taken_at: job.takenAt,
      seen,
    },
    moreKeys: more.keys,
    moreArgs: args,
  };
}

export function jobMember(job: CancelJob): string {
  switch (job.kind) {
    case 'run':
      return `${job.runId}:r:`;
    case 'scope':
      return `${job.runId}:s:${scopeId(job.scope)}`;
    case 'below':
      return `${job.runId}:b:${markText(job)}`;
    case 'superseded':
      return `${job.runId}:g:${job.state}`;
    default:
      return assertNever(job);
  }
}

export function readJob(member: string, takenAt: number): CancelJob {
  const [runId = '', kind, name = ''] = member.split(':');
  if (kind === 'r') return { runId, takenAt, kind: 'run' };
  if (kind === 's') return { runId, takenAt, kind: 'scope', scope: readScopeId(name) };
  const [state, output] = name.split('.');
  if (kind === 'g') return { runId, takenAt, kind: 'superseded', state: Number(state) };
  return {
    runId,
    takenAt,
    kind: 'below',
    state: Number(state),
    ...(output !== undefined && { output: Number(output) }),
  };
}

/** The mark that goes with a job; empty: none. */
function jobMark(job: CancelJob): string {
  if (job.kind === 'below') return markText(job);
  return job.kind === 'superseded' ? markText({ superseded: job.state }) : '';
}

export function retryCall(
  keys: Keys,
  run: LoadedRun,
  state: number,
  {
    record,
    seen,
    delayMs,
  }: { readonly record: StateRecord; readonly seen: string; readonly delayMs: number },
  scopes: readonly RetryScope[],
): ScriptCall {
  const { node } = record.standing;
  const more = new KeyList();
  const args: (string | number)[] = [];
  pushQueues(keys, run, [node], more, args);
  args.push(scopes.length);
  for (const { finished, counts, ...scope } of scopes) {
    const isFinished = finished === undefined ? '' : finished.isFinished ? 1 : 0;
    args.push(scopeId(scope), scope.branch ?? '', counts ? 1 : 0, isFinished, finished?.seen ?? '');
  }
  const attempts = { attempt: record.attempt + 1, losses: 0, retries: 0 };
  return {
    script: scriptNamed('retry'),
    keys: { ...scopeKeys(keys, run), due: keys.due(keys.shardOf(run.runId)) },
    args: {
      ...scopeArgs(keys, run),
      state,
      node,
      seen,
      attempts: encodeAttempts(attempts),
      delay: delayMs,
      run_ms: run.limits.runMs,
      is_uncounted: scopes.some(({ counts }) => counts) ? 0 : 1,
    },
    moreKeys: more.keys,
    moreArgs: args,
  };
}

export function uncountCall(
  keys: Keys,
  runId: string,
  states: readonly { readonly state: number; readonly countsIn: readonly ScopeBranch[] }[],
): ScriptCall {
  return {
    script: scriptNamed('uncount'),
    keys: { run: keys.run(runId), failures: keys.failures(runId) },
    args: {},
    moreArgs: [
      states.length,
      ...states.flatMap(({ state, countsIn }) => [
        state,
        countsIn.length,
        ...countsIn.flatMap((scope) => [scopeId(scope), scope.branch]),
      ]),
    ],
  };
}

/** Puts the removal of a run into the words of retire.lua. */
export function retireCall(keys: Keys, { runId, namespace, graph }: LoadedRun): ScriptCall {
  const shard = keys.shardOf(runId);
  return {
    script: scriptNamed('retire'),
    keys: { run: keys.run(runId), retiring: keys.retiring(shard), runs: keys.runs(shard, namespace) },
    args: { run_id: runId },
    moreKeys: [
      ...graph.nodes.map(({ nodeName }) => keys.work(shard, namespace, nodeName)),
      keys.outputs(runId),
      keys.failures(runId),
      keys.store(runId),
      keys.windows(runId),
      ...graph.nodes.flatMap(({ index }) => [keys.ready(runId, index), keys.parked(runId, index)]),
    ],
    moreArgs: [graph.nodes.length, ...graph.nodes.map(({ index }) => index)],
  };
}
