/** `fanout schedule …`: what starts runs by the clock, and how to steer it. */
import {
  type Backfill,
  FanoutError,
  type Schedule,
  type SchedulePreview,
  type ScheduleTarget,
} from '@fanout/runtime';
import { status } from '@grpc/grpc-js';
import { type Command, Option } from 'commander';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { readCount, readInstant } from '../options.ts';
import { countOf, formatAgo, formatCount } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import { drawTable } from '../terminal/table.ts';

export function addScheduleCommands(program: Command): void {
  const schedule = program
    .command('schedule')
    .description('schedules of graphs; SCHEDULE is its name or id, of which a graph with one needs none');
  schedule
    .command('list [graph]')
    .description('list schedules with their next and their last slot, those of all graphs or of one')
    .action(withClient(listSchedules));
  schedule
    .command('pause <graph> [schedule]')
    .description('hold a schedule: no slot that comes starts a run')
    .action(withClient(pauseSchedule));
  schedule
    .command('resume <graph> [schedule]')
    .description('let a schedule go on: slots that came meanwhile follow its catch-up policy')
    .action(withClient(resumeSchedule));
  schedule
    .command('trigger <graph> [schedule]')
    .description('start a run now, as a slot would')
    .option('--key <text>', 'idempotency key: the same key again gives the same run')
    .action(withClient(triggerSchedule));
  schedule
    .command('backfill <graph> [schedule]')
    .description('have the slots of a span of the past start their runs')
    .addOption(mandatoryInstant('--from <instant>', 'the start of the span, included'))
    .addOption(mandatoryInstant('--to <instant>', 'the end of the span, not included'))
    .action(withClient(backfillSchedule));
  schedule
    .command('stop-backfill <graph> [schedule]')
    .description('end a back-fill; runs that it has started go on')
    .action(withClient(stopBackfill));
  schedule
    .command('preview <cron>')
    .description("tell the next slots of an expression, such as '30 3 * * MON-FRI', or what is wrong with it")
    .option('--time-zone <name>', 'IANA name; UTC if absent')
    .option('--from <instant>', 'slots behind this instant; now if absent', readInstant)
    .option('--count <number>', 'number of slots, 1 to 10', readCount, 5)
    .action(withClient(previewSchedule));
}

function mandatoryInstant(flags: string, description: string): Option {
  return new Option(flags, description).argParser(readInstant).makeOptionMandatory();
}

/** The words of a command that name a schedule, for the next one. */
function nameOf(graph: string, id: string | undefined): string {
  return printable(id === undefined ? graph : `${graph} ${id}`);
}

const targetOf = (id: string | undefined): ScheduleTarget => (id === undefined ? {} : { id });

async function listSchedules({ client, output }: Call, graph: string | undefined): Outcome {
  const rows: string[][] = [];
  let seen = 0;
  for await (const schedule of client.schedules.list({ graphName: graph })) {
    seen += 1;
    if (output.isJson) output.show(schedule, () => []);
    else rows.push(rowOf(schedule));
  }
  if (seen === 0)
    return output.tell(
      `no schedules${graph === undefined ? '' : ` of graph ${printable(graph)}`}: a cron trigger in a graph makes one, "fanout schedule preview CRON" tries an expression`,
    );
  const columns = [
    { title: 'GRAPH' },
    { title: 'SCHEDULE' },
    { title: 'CRON' },
    { title: 'ZONE' },
    { title: 'NEXT' },
    { title: 'LAST' },
    { title: 'NOTES' },
  ] as const;
  for (const line of drawTable(columns, rows)) output.tell(line);
}

function rowOf(schedule: Schedule): string[] {
  const { graphName, id, cron, timeZone, nextSlots, lastSlot, pausedAt, backfill } = schedule;
  const [next] = nextSlots;
  const notes = [
    ...(pausedAt === undefined ? [] : [`paused ${formatAgo(pausedAt)}`]),
    ...(backfill === undefined ? [] : [describeBackfill(backfill)]),
    ...(lastSlot?.runId === undefined ? [] : [`run ${lastSlot.runId}`]),
  ];
  return [
    graphName,
    id,
    cron,
    timeZone,
    next === undefined ? '–' : formatAgo(next.startAt),
    lastSlot === undefined ? '–' : `${lastSlot.outcome} ${formatAgo(lastSlot.slotAt)}`,
    notes.join(', '),
  ];
}

function describeBackfill({ doneSlots, slots }: Backfill): string {
  return `back-fill: ${formatCount(doneSlots)} of ${countOf(slots, 'slot')}`;
}

async function pauseSchedule({ client, output }: Call, graph: string, id: string | undefined): Outcome {
  const changed = await client.schedules.pause(graph, targetOf(id));
  output.show({ graphName: graph, id, changed }, () => [
    changed
      ? `paused. "fanout schedule resume ${nameOf(graph, id)}" lets it go on`
      : 'nothing to pause: it was paused before',
  ]);
}

async function resumeSchedule({ client, output }: Call, graph: string, id: string | undefined): Outcome {
  const changed = await client.schedules.resume(graph, targetOf(id));
  output.show({ graphName: graph, id, changed }, () => [
    changed
      ? `resumed. Next: fanout schedule list ${printable(graph)}`
      : 'nothing to resume: it was not paused',
  ]);
}

async function triggerSchedule(
  { client, output, options }: Call<{ key?: string }>,
  graph: string,
  id: string | undefined,
): Outcome {
  const run = await client.schedules.trigger(graph, { ...targetOf(id), key: options.key });
  output.show(run, () => [
    run.created ? `started run ${run.id}` : `the key has run ${run.id} already`,
    `Next: fanout run watch ${run.id}`,
  ]);
}

async function backfillSchedule(
  { client, output, options }: Call<{ from: Date; to: Date }>,
  graph: string,
  id: string | undefined,
): Outcome {
  const { from, to } = options;
  const backfill = await client.schedules.backfill(graph, { ...targetOf(id), from, to });
  output.show(backfill, () => [
    `${describeBackfill(backfill)}; it goes on by itself`,
    `Next: fanout schedule list ${printable(graph)} tells how far it is, fanout schedule stop-backfill ${nameOf(graph, id)} ends it`,
  ]);
}

async function stopBackfill({ client, output }: Call, graph: string, id: string | undefined): Outcome {
  const changed = await client.schedules.stopBackfill(graph, targetOf(id));
  output.show({ graphName: graph, id, changed }, () => [
    changed ? 'stopped: runs that it has started go on' : 'nothing to stop: there is no back-fill',
  ]);
}

interface PreviewOptions {
  readonly timeZone?: string;
  readonly from?: Date;
  readonly count: number;
}

async function previewSchedule({ client, output, options }: Call<PreviewOptions>, cron: string): Outcome {
  const { timeZone, from, count } = options;
  const preview = await client.schedules.preview(cron, { timeZone, from, count });
  if (preview.violations.length > 0) throw refusalOf(cron, preview);
  output.show(preview, () => [
    `${printable(preview.cron)} in ${printable(timeZone ?? 'UTC')}`,
    ...preview.slots.map((slot) => `  ${new Date(slot).toISOString()}  ${formatAgo(slot)}`),
  ]);
}

function refusalOf(cron: string, { violations }: SchedulePreview): FanoutError {
  return new FanoutError(`"${cron}" is no schedule`, {
    code: status.INVALID_ARGUMENT,
    reason: 'SCHEDULE_INVALID',
    violations,
  });
}
