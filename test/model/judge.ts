/** Judges whether some order of events makes a scope decide as it did. */
import type { Policy } from './model-graph.ts';
import { type Moment, mayFire, mayGiveUp } from './policy.ts';

/** The end of one branch of a scope. */
export interface Branch {
  /** `cut`: the scope closed while it was unfinished. */
  readonly end: 'succeeded' | 'failed' | 'pruned' | 'cut';
  readonly hasFailure: boolean;
  /** It was not cut and may have been unfinished all the same: it has states that are spared. */
  readonly mayBeLate: boolean;
}

/** A decision as it was observed. A field that is undefined was not seen. */
export interface Decision {
  readonly hasFired: boolean;
  /** The branches in the lists. */
  readonly listed: ReadonlySet<number> | undefined;
  readonly counts: Readonly<Record<string, number>> | undefined;
  readonly partial: boolean | undefined;
  /** True if all branches that there ever were had begun. */
  readonly isSealed: boolean;
  /** The execution emits its outputs one by one, and may have been told to stop behind the last. */
  readonly mayBeCutOff?: boolean;
}

/** A sentence for each thing that no order explains; empty: some order does. */
export function judge(policy: Policy, branches: readonly Branch[], seen: Decision): string[] {
  return [...judgeList(branches, seen), ...judgeMoment(policy, branches, seen)];
}

function judgeList(branches: readonly Branch[], { listed }: Decision): string[] {
  if (!listed) return [];
  return branches.flatMap(({ end, mayBeLate }, branch) => {
    if (listed.has(branch)) return end === 'succeeded' ? [] : [`branch ${branch} is listed and ${end}`];
    return end === 'succeeded' && !mayBeLate ? [`branch ${branch} succeeded before and is not listed`] : [];
  });
}

function judgeMoment(policy: Policy, branches: readonly Branch[], seen: Decision): string[] {
  const possible = moments(branches, seen).filter((moment) =>
    hasCounts(moment, branches.length, seen.counts),
  );
  if (possible.length === 0) {
    return [`no moment has the counts ${JSON.stringify(seen.counts)} of ${describe(branches)}`];
  }
  const isAllowed = (moment: Moment): boolean => {
    if (!seen.hasFired) return mayGiveUp(policy, moment);
    // Partial is a firing that leaves branches out, or that an open fan-out might have given more.
    const isPartial = moment.unfinished > 0 || !moment.isSealed;
    const isCutOff = seen.partial === true && seen.mayBeCutOff === true;
    if (seen.partial !== undefined && seen.partial !== isPartial && !isCutOff) return false;
    return mayFire(policy, moment);
  };
  if (possible.some(isAllowed)) return [];
  const what = seen.hasFired ? `fired (partial ${seen.partial})` : 'was given up';
  return [`it ${what} at a moment that ${JSON.stringify(policy)} does not allow: ${describe(branches)}`];
}

function hasCounts(moment: Moment, total: number, counts: Decision['counts']): boolean {
  if (!counts) return true;
  return (
    counts.total === total &&
    counts.succeeded === moment.succeeded &&
    counts.failed === moment.failed &&
    counts.pruned === moment.pruned &&
    counts.unfinished === moment.unfinished
  );
}

/** Every moment at which the branches that were not cut may have stood. */
function moments(branches: readonly Branch[], { listed, isSealed }: Decision): Moment[] {
  const sure = { succeeded: 0, failed: 0, pruned: 0 };
  const late = { succeeded: 0, failed: 0, pruned: 0 };
  let cut = 0;
  let cutDoomed = 0;
  branches.forEach(({ end, hasFailure, mayBeLate }, branch) => {
    if (end === 'cut') {
      cut += 1;
      if (hasFailure) cutDoomed += 1;
    } else if (!mayBeLate || (end === 'succeeded' && listed?.has(branch))) {
      sure[end] += 1;
    } else if (end === 'succeeded' && listed) {
      // It would be listed if it had finished before.
      cut += 1;
    } else {
      late[end] += 1;
    }
  });
  const upTo = (most: number): number[] => Array.from({ length: most + 1 }, (_, index) => index);
  return upTo(late.succeeded).flatMap((succeeded) =>
    upTo(late.failed).flatMap((failed) =>
      upTo(late.pruned).map((pruned): Moment => {
        const lateFailures = late.failed - failed;
        return {
          succeeded: sure.succeeded + succeeded,
          failed: sure.failed + failed,
          pruned: sure.pruned + pruned,
          unfinished: cut + (late.succeeded - succeeded) + lateFailures + (late.pruned - pruned),
          doomed: cutDoomed + lateFailures,
          isSealed,
        };
      }),
    ),
  );
}

function describe(branches: readonly Branch[]): string {
  return branches.map(({ end, mayBeLate }) => (mayBeLate ? `${end}?` : end)).join(', ') || 'no branches';
}
