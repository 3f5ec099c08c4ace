import type { CancelJob, MarkTarget } from '../../engine/ports/control.ts';
import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import type { RunStorage } from '../../engine/ports/storage.ts';
import { type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { jobMark, jobMember, markText } from '../layout/marks.ts';
import { rankOf, wakeMessage } from '../layout/ready-places.ts';
import { scopeId } from '../layout/scope-record.ts';
import { KeyList, pushQueues } from './key-list.ts';
import { allStepArgs, stepKeys } from './step.ts';

/** Parts of one run that may be paused, and that may be cancelled, at a time: claims read all of the marks. */
const maxMarks = 1_000;

export type MarkAction =
  | { readonly kind: 'cancel'; readonly outcome: 'CANCELLED' | 'FAILED'; readonly reason: string }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** Goes on where a resume has left parked states. */
  | { readonly kind: 'unpark' };

/** Puts what a user does to a run, or to part of it, into the words of mark.lua. */
export function markCall(keys: Keys, run: LoadedRun, target: MarkTarget, action: MarkAction): ScriptCall {
  const shard = keys.shardOf(run.runId);
  const nodes = action.kind === 'resume' || action.kind === 'unpark' ? run.graph.nodes : [];
  return {
    script: scriptNamed('mark'),
    keys: { run: keys.run(run.runId), cancelling: keys.cancelling(shard) },
    args: {
      run_id: run.runId,
      action: action.kind,
      target: markText(target),
      outcome: action.kind === 'cancel' ? action.outcome : '',
      reason: action.kind === 'cancel' ? action.reason : '',
      cancelled_ms: run.limits.cancelledRetentionMs,
      rank: rankOf(run),
      wake_channel: keys.wakeChannel(),
      max_marks: maxMarks,
    },
    moreKeys: nodes.flatMap(({ index, nodeName }) => [
      keys.ready(run.runId, index),
      keys.work(shard, run.namespace, nodeName),
      keys.parked(run.runId, index),
    ]),
    moreArgs: nodes.flatMap(({ index, maxParallel = 0 }) => [index, wakeMessage(run, index), maxParallel]),
  };
}

/** Puts the end of a job of the canceller into the words of unmark.lua. */
export function unmarkCall(
  keys: Keys,
  run: LoadedRun,
  job: CancelJob,
  { held, seen, attempt, reopened }: Parameters<RunStorage['cancelled']>[2],
): ScriptCall {
  const more = new KeyList();
  const args: (string | number)[] = [];
  const nodes = new Set([...held, ...(reopened ? [reopened] : [])].map(({ unite }) => unite));
  pushQueues(keys, run, [...nodes], more, args);
  args.push(held.length);
  for (const scope of held) args.push(scopeId(scope), scope.branch, scope.delivered ? 1 : 0);
  return {
    script: scriptNamed('unmark'),
    keys: stepKeys(keys, run),
    args: {
      ...allStepArgs(keys, run),
      member: jobMember(job),
      mark: jobMark(job),
      taken_at: job.takenAt,
      seen,
      attempt: job.kind === 'below' ? (attempt ?? job.state) : '',
      reopened: reopened ? scopeId(reopened) : '',
    },
    moreKeys: more.keys,
    moreArgs: args,
  };
}
