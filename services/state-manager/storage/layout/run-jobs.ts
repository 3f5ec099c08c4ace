/** Jobs on many runs: fields in the hash of a namespace, which `lua/shared/run_jobs.lua` tells of, and members of sorted sets. */
import type { RunJobSpec, RunJobStatus } from '../../domain/model/run-job.ts';
import type { RunJobAddress, RunJobProgress, StoredRunJob } from '../../engine/ports/run-jobs.ts';

const suffixes = ['', ':c', ':p', ':r', ':s', ':e'] as const;

/** Number of fields that a job has at most. */
export const jobFields = suffixes.length;

/** Fields of a job, in the order in which `readRunJob` takes their values. */
export function jobFieldsOf(jobId: string): string[] {
  return suffixes.map((suffix) => jobId + suffix);
}

/** Progress of a job that has just begun. */
export const firstProgress: RunJobProgress = {
  matched: 0,
  changed: 0,
  skipped: 0,
  failed: 0,
  failures: [],
  pageToken: '',
  isLastPage: false,
  pending: [],
  tries: 0,
};

/** A job as its fields tell; undefined: there is none. */
export function readRunJob(
  address: RunJobAddress,
  [spec, createdAt, written, revision, stop, end]: readonly (string | null | undefined)[],
): StoredRunJob | undefined {
  if (!spec || !written) return undefined;
  const progress = JSON.parse(written) as RunJobProgress;
  const { matched, changed, skipped, failed, failures } = progress;
  const status: RunJobStatus = !end ? 'RUNNING' : end.startsWith('D') ? 'DONE' : 'STOPPED';
  const job = {
    jobId: address.jobId,
    ...readSpec(spec),
    ...{ matched, changed, skipped, failed, failures },
    status,
    isStopping: status === 'RUNNING' && Boolean(stop),
    createdAt: Number(createdAt),
    ...(end && { endedAt: Number(end.slice(1)) }),
  };
  return { ...address, job, progress, revision: Number(revision) };
}

/** Instructions of a job as JSON; labels are pairs, since JSON has no maps. */
export function writeSpec({ filter, ...spec }: RunJobSpec): string {
  const { labels, ...others } = filter;
  return JSON.stringify({ ...spec, filter: { ...others, ...(labels && { labels: [...labels] }) } });
}

function readSpec(text: string): RunJobSpec {
  const { filter, ...spec } = JSON.parse(text) as WrittenSpec;
  const { labels, ...others } = filter;
  return { ...spec, filter: { ...others, ...(labels && { labels: new Map(labels) }) } };
}

interface WrittenSpec extends Omit<RunJobSpec, 'filter'> {
  readonly filter: Omit<RunJobSpec['filter'], 'labels'> & {
    readonly labels?: readonly (readonly [string, string])[];
  };
}

/** A job, as it stands in the set of those that go on. */
export function runJobMember({ namespace, jobId }: RunJobAddress): string {
  return `${namespace}:${jobId}`;
}

export function readJobMember(member: string): RunJobAddress {
  const [namespace = '', jobId = ''] = member.split(':');
  return { namespace, jobId };
}
