/** `fanout run cancel|pause|resume|retry|delete`: steering one run, or a part of it. */
import type { CancelOptions, ControlTarget, RetryTarget } from '@fanout/runtime';
import { type Command, Option } from 'commander';
import { readObjectOption } from '../connection/json-input.ts';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { UsageError } from '../errors.ts';
import { countOf } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';

export function addSteering(run: Command): void {
  const below = new Option('--below <state>', 'what grew from this state, and not all of the run');
  const fanOut = new Option('--fan-out', 'with --below: what grew from all outputs of its execution');
  run
    .command('cancel <run>')
    .description('cancel a run, or a part of it')
    .addOption(below)
    .addOption(fanOut)
    .option('--reason <text>', 'a reason for people')
    .action(withClient(cancelRun));
  run
    .command('pause <run>')
    .description('hold a run, or a part of it: nothing of it is handed out')
    .addOption(below)
    .addOption(fanOut)
    .action(withClient(pauseRun));
  run
    .command('resume <run>')
    .description('take back the pause of a run, or of a part of it')
    .addOption(below)
    .addOption(fanOut)
    .action(withClient(resumeRun));
  run
    .command('retry <run>')
    .description('try again what has failed or was cancelled: all of a run, a part of it, or one state')
    .addOption(new Option('--state <state>', 'this state only').conflicts('below'))
    .addOption(below)
    .addOption(fanOut)
    .option(
      '--correct <json>',
      "with --state: inputs that it gets in place of those of the same name: '{…}', @FILE, or -",
    )
    .action(withClient(retryRun));
  run
    .command('delete <run>')
    .description('delete a run that has ended, before its time is over')
    .action(withClient(deleteRun));
}

interface TargetOptions {
  readonly below?: string;
  readonly fanOut?: boolean;
}

function targetOf({ below, fanOut = false }: TargetOptions): ControlTarget {
  if (below === '')
    throw new UsageError('--below is empty: give the id of a state, or leave it out for all of the run');
  if (below !== undefined) return { below, fanOut };
  if (fanOut) throw new UsageError('--fan-out goes with --below STATE: name one of the states that grew');
  return {};
}

async function cancelRun(
  { client, output, options }: Call<TargetOptions & { reason?: string }>,
  runId: string,
): Outcome {
  const { reason } = options;
  const target: CancelOptions = { ...targetOf(options), ...(reason !== undefined && { reason }) };
  const changed = await client.cancel(runId, target);
  output.show({ runId, changed }, () => [
    changed
      ? `cancelled. "fanout run retry ${runId}" takes it back`
      : 'nothing to cancel: it had ended, or was cancelled before',
  ]);
}

async function pauseRun({ client, output, options }: Call<TargetOptions>, runId: string): Outcome {
  const changed = await client.pause(runId, targetOf(options));
  output.show({ runId, changed }, () => [
    changed
      ? `paused. "fanout run resume ${runId}" lets it go on`
      : 'nothing to pause: it had ended, or was paused before',
  ]);
}

async function resumeRun({ client, output, options }: Call<TargetOptions>, runId: string): Outcome {
  const changed = await client.resume(runId, targetOf(options));
  output.show({ runId, changed }, () => [changed ? 'resumed' : 'nothing to resume: it was not paused']);
}

interface RetryOptions extends TargetOptions {
  readonly state?: string;
  readonly correct?: string;
}

async function retryRun({ client, output, options }: Call<RetryOptions>, runId: string): Outcome {
  const target = retryTargetOf(options);
  const retried = await client.retry(runId, target);
  output.show({ runId, retried }, () => [
    retried === 0
      ? 'nothing to retry: nothing there has failed or was cancelled'
      : `${countOf(retried, 'state')} tried again. Next: fanout run watch ${runId}`,
  ]);
}

function retryTargetOf(options: RetryOptions): RetryTarget {
  const { state, correct } = options;
  if (state === undefined) {
    if (correct === undefined) return targetOf(options);
    throw new UsageError(
      '--correct goes with --state STATE: inputs are those of one state',
      '"fanout states RUN --status ERRORED" lists those that failed.',
    );
  }
  if (state === '')
    throw new UsageError('--state is empty: give the id of a state, or leave it out for all of the run');
  if (options.fanOut) throw new UsageError('--fan-out goes with --below STATE, not with --state');
  if (correct === undefined) return { stateId: state };
  return { stateId: state, corrections: { [state]: readObjectOption('--correct', correct) } };
}

async function deleteRun({ client, output }: Call, runId: string): Outcome {
  await client.deleteRun(runId);
  output.show({ runId }, () => [`deleted run ${printable(runId)}`]);
}
