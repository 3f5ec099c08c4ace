/** `fanout runs …`: acts on many runs, as jobs that go on by themselves. */
import type {
  Labels,
  RunJob,
  RunJobAction,
  RunJobFilter,
  RunJobOptions,
  RunStatus,
  TriggerKind,
} from '@fanout/runtime';
import { type Command, Option } from 'commander';
import { untilInterrupted } from '../connection/interruption.ts';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { Interrupted, UsageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { readerOf, readInstant, readLabel, readName } from '../options.ts';
import { paint } from '../terminal/colour.ts';
import { countOf, formatAgo, formatCount, formatDuration } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import { createProgressLine } from '../terminal/progress-line.ts';
import { drawTable } from '../terminal/table.ts';
import { runStatuses, triggerKinds } from './list-runs.ts';

interface JobOptions {
  readonly graph?: string;
  readonly status?: readonly RunStatus[];
  readonly from?: Date;
  readonly before?: Date;
  readonly label?: Labels;
  readonly trigger?: readonly TriggerKind[];
  readonly errorCode?: string;
  readonly all?: boolean;
  readonly background?: boolean;
  readonly key?: string;
  readonly reason?: string;
}

const doneWords = { CANCEL: 'cancelled', RETRY: 'retried', DELETE: 'deleted' } as const;

export function addRunsCommands(program: Command): void {
  const runs = program.command('runs').description('cancel, retry or delete many runs at once');
  addJobCommand(runs, 'cancel', 'cancel all runs of a filter', cancelRuns).option(
    '--reason <text>',
    'a reason for people',
  );
  addJobCommand(
    runs,
    'retry',
    'try again what has failed or was cancelled in all runs of a filter',
    retryRuns,
  );
  addJobCommand(runs, 'delete', 'delete all runs of a filter that have ended', deleteRuns);
  runs
    .command('jobs')
    .description('list the jobs on many runs, the newest first')
    .action(withClient(listJobs));
  runs.command('job <job>').description('show how far a job on many runs is').action(withClient(showJob));
  runs
    .command('stop <job>')
    .description('stop a job on many runs: what it has done stays')
    .action(withClient(stopJob));
}

function addJobCommand(
  runs: Command,
  name: string,
  description: string,
  act: (call: Call<JobOptions>) => Outcome,
): Command {
  const filters = ['graph', 'status', 'from', 'before', 'label', 'trigger', 'errorCode'];
  return runs
    .command(name)
    .description(description)
    .option('--graph <name>', 'runs of this graph', readName)
    .option(
      '--status <status>',
      `runs of this status, or of several with commas: ${runStatuses.join(', ')}`,
      readerOf(runStatuses),
    )
    .option('--from <instant>', 'triggered at this instant or later', readInstant)
    .option('--before <instant>', 'triggered before this instant', readInstant)
    .option('--label <key=value>', 'with this label; several: with all of them', readLabel)
    .option(
      '--trigger <kind>',
      `started by this, or by several with commas: ${triggerKinds.join(', ')}`,
      readerOf(triggerKinds),
    )
    .option('--error-code <code>', 'with a state that failed with this code')
    .addOption(new Option('--all', 'every run of the namespace').conflicts(filters))
    .option('--background', 'do not wait for the end of the job')
    .option('--key <text>', 'idempotency key: the same key again gives the same job')
    .action(withClient(act));
}

function cancelRuns(call: Call<JobOptions>): Outcome {
  const { reason } = call.options;
  const filter = filterOf(call.options);
  return act(call, 'CANCEL', (options) =>
    call.client.cancelRuns(filter, { ...options, ...(reason !== undefined && { reason }) }),
  );
}

function retryRuns(call: Call<JobOptions>): Outcome {
  const filter = filterOf(call.options);
  return act(call, 'RETRY', (options) => call.client.retryRuns(filter, options));
}

function deleteRuns(call: Call<JobOptions>): Outcome {
  const filter = filterOf(call.options);
  return act(call, 'DELETE', (options) => call.client.deleteRuns(filter, options));
}

/** @throws UsageError it says nothing: every run of the namespace would be meant */
function filterOf(options: JobOptions): RunJobFilter {
  const { graph, status, from, before, label, trigger, errorCode, all = false } = options;
  if (all) return { all };
  if ([graph, status, from, before, label, trigger, errorCode].every((each) => each === undefined))
    throw new UsageError(
      'name the runs that are meant: --graph, --status, --label, --trigger, --error-code, --from or --before',
      '--all stands for every run of the namespace; "fanout run list" shows runs, and changes none.',
    );
  return {
    ...{ graphName: graph, statuses: status, triggeredFrom: from, triggeredBefore: before },
    ...{ labels: label, triggerKinds: trigger, errorCode },
  };
}

async function act(
  { output, options }: Call<JobOptions>,
  action: RunJobAction,
  begin: (options: RunJobOptions) => Promise<RunJob>,
): Outcome {
  const { background = false, key } = options;
  const progress = createProgressLine();
  let newest: RunJob | undefined;
  let job: RunJob;
  try {
    job = await untilInterrupted(
      () => interruption(newest?.id),
      (signal) =>
        begin({
          background,
          signal,
          ...(key !== undefined && { key }),
          onProgress: (each) => {
            newest = each;
            progress.update(`job ${each.id}: ${describeNumbers(each)}`);
          },
        }),
    );
  } finally {
    progress.end();
  }
  output.show(job, () =>
    background
      ? [
          `job ${job.id} goes on: runs are ${doneWords[action]} one page after the other`,
          `Next: fanout runs job ${job.id}`,
        ]
      : describeJob(job),
  );
  return exitCodeOf(job);
}

function interruption(jobId: string | undefined): Interrupted {
  return jobId === undefined
    ? new Interrupted(
        'stopped waiting: the job may have begun',
        '"fanout runs jobs" lists the jobs there are.',
      )
    : new Interrupted(
        `stopped waiting: job ${jobId} goes on`,
        `"fanout runs job ${jobId}" tells how far it is, "fanout runs stop ${jobId}" ends it.`,
      );
}

function exitCodeOf({ status, failed }: RunJob) {
  return failed > 0 || status === 'STOPPED' ? exitCodes.failed : exitCodes.ok;
}

async function listJobs({ client, output }: Call): Outcome {
  const jobs = await client.runJobs();
  if (output.isJson) for (const job of jobs) output.show(job, () => []);
  if (jobs.length === 0)
    return output.tell(
      'no jobs: "fanout runs cancel|retry|delete" begins one, and it is kept for a day after its end',
    );
  const rows = jobs.map((job) => [
    job.id,
    job.action,
    statusOf(job),
    formatAgo(job.createdAt),
    describeNumbers(job),
  ]);
  const columns = [
    { title: 'JOB' },
    { title: 'ACTION' },
    { title: 'STATUS' },
    { title: 'BEGAN' },
    { title: 'RUNS' },
  ] as const;
  for (const line of drawTable(columns, rows)) output.tell(line);
}

async function showJob({ client, output }: Call, jobId: string): Outcome {
  const job = await client.runJob(jobId);
  output.show(job, () => describeJob(job));
  return exitCodeOf(job);
}

async function stopJob({ client, output }: Call, jobId: string): Outcome {
  const changed = await client.stopRunJob(jobId);
  output.show({ jobId, changed }, () => [
    changed
      ? `it stops with the step under way, and what it has done stays. Next: fanout runs job ${printable(jobId)}`
      : 'nothing to stop: it had ended, or was stopped before',
  ]);
}

function statusOf({ status, isStopping }: RunJob): string {
  return isStopping ? `${status}, stopping` : status;
}

/** `5 runs found, 3 cancelled, 2 with nothing to do`. */
function describeNumbers({ action, matched, changed, skipped, failed }: RunJob): string {
  const words = [
    { count: changed, word: doneWords[action] },
    { count: skipped, word: 'with nothing to do' },
    { count: failed, word: 'failed' },
  ];
  const shown = words
    .filter(({ count }) => count > 0)
    .map(({ count, word }) => `${formatCount(count)} ${word}`);
  return [`${countOf(matched, 'run')} found`, ...shown].join(', ');
}

function describeJob(job: RunJob): string[] {
  const { id, action, reason, failures, failed, createdAt, endedAt } = job;
  const took = formatDuration((endedAt ?? Date.now()) - createdAt);
  const time = endedAt === undefined ? `for ${took}` : `after ${took}`;
  const untold = failed - failures.length;
  return [
    `job ${printable(id)}: ${action} ${statusOf(job)} ${time}`,
    `  ${describeNumbers(job)}`,
    ...(reason === '' ? [] : [`  reason: ${printable(reason)}`]),
    ...failures.map(
      ({ runId, code, message }) =>
        `  ${printable(runId)}  ${paint('red', printable(code))}  ${printable(message)}`,
    ),
    ...(untold > 0 ? [`  … and ${formatCount(untold)} more`] : []),
    ...(endedAt === undefined
      ? [`Next: fanout runs job ${printable(id)} again, or fanout runs stop ${printable(id)}`]
      : []),
    ...(failed > 0 ? ['Next: the same command again does what failed; what is done has nothing to do'] : []),
  ];
}
