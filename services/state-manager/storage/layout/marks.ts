/** Marks that users set on part of a run, and the work that follows from them, as they stand in sets and fields. */

import type { CancelJob, StandingMark } from '../../engine/ports/control.ts';
import { assertNever } from '../../errors.ts';
import { readScopeId, scopeId } from './scope-record.ts';

/** A mark as marks.lua has it; empty: there is none. */
export function markText(mark: StandingMark | undefined): string {
  if (mark === undefined) return '';
  if (mark === 'RUN') return '*';
  if ('superseded' in mark) return `=${mark.superseded}`;
  if ('closed' in mark) return `u${scopeId(mark.closed)}`;
  return mark.output === undefined ? String(mark.state) : `${mark.state}.${mark.output}`;
}

/** A job as it stands in the set `cancelling`. */
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
    case 'parked':
      return `${job.runId}:p:`;
    default:
      return assertNever(job);
  }
}

export function readJob(member: string, takenAt: number): CancelJob {
  const [runId = '', kind, name = ''] = member.split(':');
  if (kind === 'r') return { runId, takenAt, kind: 'run' };
  if (kind === 'p') return { runId, takenAt, kind: 'parked' };
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
export function jobMark(job: CancelJob): string {
  if (job.kind === 'below') return markText(job);
  return job.kind === 'superseded' ? markText({ superseded: job.state }) : '';
}
