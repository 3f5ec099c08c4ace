/** `fanout run …`: starting runs, looking at them, and steering them. */
import type { Labels, Run, TriggerOptions } from '@fanout/runtime';
import type { Command } from 'commander';
import { readObjectOption } from '../connection/json-input.ts';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { UsageError } from '../errors.ts';
import { writeJson } from '../json/exact-json.ts';
import { readInstant, readInteger, readLabel } from '../options.ts';
import { drawNodes } from '../terminal/node-lines.ts';
import { printable, printableJson } from '../terminal/printable.ts';
import { addListCommand, describeLabels } from './list-runs.ts';
import { addLogsCommand } from './run-logs.ts';
import { addSteering } from './steer-run.ts';
import { describeRun, statusWord, watchRun } from './watch-run.ts';

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
    .option('--label <key=value>', 'label by which the run is found; several: all of them', readLabel)
    .option('--watch', 'watch it until it ends')
    .action(withClient(startRun));
  run.command('watch <run>').description('show how a run goes on, until it ends').action(withClient(watch));
  addListCommand(run);
  run.command('get <run>').description('show how a run stands, place by place').action(withClient(getRun));
  run
    .command('results <run>')
    .description('print the outputs at the ends of a run, in order')
    .action(withClient(listResults));
  addLogsCommand(run);
  addSteering(run);
}

interface StartOptions {
  readonly inputs?: string;
  readonly store?: string;
  readonly key?: string;
  readonly priority?: number;
  readonly startAt?: Date;
  readonly label?: Labels;
  readonly watch?: boolean;
}

async function startRun(call: Call<StartOptions>, graph: string): Outcome {
  const { client, output, options } = call;
  const { key, priority, startAt, label, watch: isWatched = false } = options;
  if (options.inputs === '-' && options.store === '-')
    throw new UsageError('--inputs and --store cannot both be read from standard input: give one as @FILE');
  const trigger: TriggerOptions = {
    key,
    priority,
    startAt,
    labels: label,
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

async function getRun({ client, output }: Call, runId: string): Outcome {
  const run = await client.get(runId);
  output.show(run, () => [
    describeRun(run),
    ...describeOrigin(run),
    ...drawNodes(run.counts, {
      withBar: process.stdout.isTTY === true,
      room: process.stdout.columns ?? Number.POSITIVE_INFINITY,
    }),
    ...nextSteps(run),
  ]);
}

function describeOrigin({ triggerKind, labels }: Run): string[] {
  const text = describeLabels(labels);
  return [`  started by ${triggerKind}${text === '' ? '' : `, labels ${printable(text)}`}`];
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
