/** `fanout run …`: starting runs, looking at them, and steering them. */
import type {
  CancelOptions,
  ControlTarget,
  RetryTarget,
  Run,
  RunFilter,
  RunStatus,
  TriggerOptions,
} from '@fanout/runtime';
import { type Command, Option } from 'commander';
import { readObjectOption } from '../connection/json-input.ts';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { UsageError } from '../errors.ts';
import { writeJson } from '../json/exact-json.ts';
import { readCount, readInstant, readInteger } from '../options.ts';
import { countOf, formatAgo, formatCount, formatDuration } from '../terminal/format.ts';
import { drawNodes } from '../terminal/node-lines.ts';
import { printable, printableJson } from '../terminal/printable.ts';
import { drawTable } from '../terminal/table.ts';
import { describeRun, statusWord, watchRun } from './watch-run.ts';

const runStatuses = ['RUNNING', 'SUCCESS', 'FAILED', 'CANCELLED', 'PAUSED'];
/** Runs that a list shows if nobody says how many. */
const usualLimit = 50;

export function addRunCommands(program: Command): void {
  const run = program.command('run').description('start, watch, list and steer runs');
  run
    .command('start <graph>')
    .description('start a run of the newest version of a graph')
    .option('--inputs <json>', "inputs of the root node: '{…}', @FILE, or - for standard input")
    .option('--store <json>', 'values for the store of the run, in the same way')
    .option('--key <text>', 'idempotency key: the same key again gives the same run')
    .option('--priority <number>', 'higher runs first, -100 to 100', readInteger)
    .option('--start-at <instant>', 'not before this instant', readInstant)
    .option('--watch', 'watch it until it ends')
    .action(withClient(startRun));
  run.command('watch <run>').description('show how a run goes on, until it ends').action(withClient(watch));
  addListCommand(run);
  run.command('get <run>').description('show how a run stands, place by place').action(withClient(getRun));
  run
    .command('results <run>')
    .description('print the outputs at the ends of a run, in order')
    .action(withClient(listResults));
  addSteering(run);
}

function addListCommand(run: Command): void {
  run
    .command('list')
    .description('list runs, the newest first')
    .option('--graph <name>', 'of this graph')
    .addOption(new Option('--status <status>', 'of this status').choices(runStatuses))
    .option('--from <instant>', 'triggered at this instant or later', readInstant)
    .option('--before <instant>', 'triggered before this instant', readInstant)
    .option('--limit <number>', 'as many at most; 0: all', readCount, usualLimit)
    .action(withClient(listRuns));
}

function addSteering(run: Command): void {
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
    .action(withClient(retryRun));
  run
    .command('delete <run>')
    .description('delete a run that has ended, before its time is over')
    .action(withClient(deleteRun));
}

interface StartOptions {
  readonly inputs?: string;
  readonly store?: string;
  readonly key?: string;
  readonly priority?: number;
  readonly startAt?: Date;
  readonly watch?: boolean;
}

async function startRun(call: Call<StartOptions>, graph: string): Outcome {
  const { client, output, options } = call;
  const { key, priority, startAt, watch: isWatched = false } = options;
  if (options.inputs === '-' && options.store === '-')
    throw new UsageError('--inputs and --store cannot both be read from standard input: give one as @FILE');
  const trigger: TriggerOptions = {
    key,
    priority,
    startAt,
    store: readObjectOption('--store', options.store),
  };
  const run = await client.trigger(graph, readObjectOption('--inputs', options.inputs), trigger);
  if (isWatched) output.note(`run ${run.id} of graph ${graph}`);
  else
    output.show(run, () => [
      run.created ? `started run ${run.id}` : `the key has run ${run.id} already`,
      `Next: fanout run watch ${run.id}`,
    ]);
  return isWatched ? watchRun(call, run.id) : undefined;
}

function watch(call: Call, runId: string): Outcome {
  return watchRun(call, runId);
}

interface ListOptions {
  readonly graph?: string;
  readonly status?: RunStatus;
  readonly from?: Date;
  readonly before?: Date;
  readonly limit: number;
}

async function listRuns({ client, output, options }: Call<ListOptions>): Outcome {
  const { graph, status, from, before, limit } = options;
  const filter: RunFilter = { graphName: graph, status, triggeredFrom: from, triggeredBefore: before };
  const rows: string[][] = [];
  let [seen, isCut] = [0, false];
  for await (const run of client.list(filter)) {
    if (seen === limit && limit > 0) {
      isCut = true;
      break;
    }
    seen += 1;
    if (output.isJson) output.show(run, () => []);
    else rows.push(rowOf(run));
  }
  if (seen === 0) return output.tell('no runs: "fanout run start GRAPH" starts one');
  const columns = [
    { title: 'RUN' },
    { title: 'GRAPH' },
    { title: 'STATUS' },
    { title: 'STATES', side: 'right' },
    { title: 'TOOK', side: 'right' },
    { title: 'STARTED' },
  ] as const;
  for (const line of drawTable(columns, rows)) output.tell(line);
  if (isCut)
    output.note(`only the newest ${formatCount(limit)} are shown: --limit NUMBER shows more, --limit 0 all`);
}

function rowOf(run: Run): string[] {
  const { id, graphName, graphVersion, status, stateCount, createdAt, endedAt } = run;
  const took = formatDuration((endedAt ?? Date.now()) - createdAt);
  return [id, `${graphName} v${graphVersion}`, status, formatCount(stateCount), took, formatAgo(createdAt)];
}

async function getRun({ client, output }: Call, runId: string): Outcome {
  const run = await client.get(runId);
  output.show(run, () => [
    describeRun(run),
    ...drawNodes(run.counts, { withBar: process.stdout.isTTY === true }),
    ...nextSteps(run),
  ]);
}

function nextSteps({ id, status, counts }: Run): string[] {
  if (counts.some(({ errored }) => errored > 0)) return [`Next: fanout failures ${id}`];
  if (status === 'PAUSED') return [`Next: fanout run resume ${id}`];
  if (status === 'RUNNING') return [`Next: fanout why ${id}`];
  return status === 'SUCCESS'
    ? [`Next: fanout run results ${id}`]
    : [`Next: fanout states ${id} --status CANCELLED`];
}

async function listResults({ client, output }: Call, runId: string): Outcome {
  let count = 0;
  for await (const result of client.results(runId)) {
    count += 1;
    output.show(result, () => [
      `${printable(result.identifier)}  ${printableJson(writeJson(result.output))}`,
    ]);
  }
  if (count > 0 || output.isJson) return;
  const { status } = await client.get(runId);
  output.tell(
    `no results: the run is ${statusWord(status)}. ${status === 'RUNNING' ? `"fanout why ${runId}" tells what it waits for` : `"fanout failures ${runId}" tells what failed`}`,
  );
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

async function retryRun(
  { client, output, options }: Call<TargetOptions & { state?: string }>,
  runId: string,
): Outcome {
  const { state } = options;
  if (state === '')
    throw new UsageError('--state is empty: give the id of a state, or leave it out for all of the run');
  if (state !== undefined && options.fanOut)
    throw new UsageError('--fan-out goes with --below STATE, not with --state');
  const target: RetryTarget = state === undefined ? targetOf(options) : { stateId: state };
  const retried = await client.retry(runId, target);
  output.show({ runId, retried }, () => [
    retried === 0
      ? 'nothing to retry: nothing there has failed or was cancelled'
      : `${countOf(retried, 'state')} tried again. Next: fanout run watch ${runId}`,
  ]);
}

async function deleteRun({ client, output }: Call, runId: string): Outcome {
  await client.deleteRun(runId);
  output.show({ runId }, () => [`deleted run ${printable(runId)}`]);
}
