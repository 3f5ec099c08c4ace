/** `fanout run list`: runs by graph, status, time, labels, what has started them, and how they failed. */
import type { Labels, Run, RunFilter, RunStatus, TriggerKind } from '@fanout/runtime';
import { type Command, Option } from 'commander';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { readCount, readerOf, readInstant, readLabel } from '../options.ts';
import { formatAgo, formatCount, formatDuration } from '../terminal/format.ts';
import { drawTable } from '../terminal/table.ts';

export const runStatuses: readonly RunStatus[] = ['RUNNING', 'SUCCESS', 'FAILED', 'CANCELLED', 'PAUSED'];
export const triggerKinds: readonly TriggerKind[] = ['API', 'CALL', 'CRON', 'RUN_END'];
/** Runs that a list shows if nobody says how many. */
const usualLimit = 50;

export function addListCommand(run: Command): void {
  run
    .command('list')
    .description('list runs, the newest first')
    .option('--graph <name>', 'of this graph')
    .addOption(new Option('--status <status>', 'of this status').choices(runStatuses))
    .option('--label <key=value>', 'with this label; several: with all of them', readLabel)
    .option(
      '--trigger <kind>',
      `started by ${triggerKinds.join(', ')}; several with commas: by one of them`,
      readerOf(triggerKinds),
    )
    .option('--error-code <code>', 'with a state that failed with this code')
    .option('--from <instant>', 'triggered at this instant or later', readInstant)
    .option('--before <instant>', 'triggered before this instant', readInstant)
    .option('--limit <number>', 'as many at most; 0: all', readCount, usualLimit)
    .action(withClient(listRuns));
}

interface ListOptions {
  readonly graph?: string;
  readonly status?: RunStatus;
  readonly label?: Labels;
  readonly trigger?: readonly TriggerKind[];
  readonly errorCode?: string;
  readonly from?: Date;
  readonly before?: Date;
  readonly limit: number;
}

async function listRuns({ client, output, options }: Call<ListOptions>): Outcome {
  const { graph, status, label, trigger, errorCode, from, before, limit } = options;
  const filter: RunFilter = {
    graphName: graph,
    status,
    labels: label,
    triggerKinds: trigger,
    errorCode,
    triggeredFrom: from,
    triggeredBefore: before,
  };
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
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
  if (seen === 0)
    return output.tell(
      isFiltered
        ? 'no runs like that: "fanout run list" shows those there are'
        : 'no runs: "fanout run start GRAPH" starts one',
    );
  const columns = [
    { title: 'RUN' },
    { title: 'GRAPH' },
    { title: 'STATUS' },
    { title: 'STATES', side: 'right' },
    { title: 'TOOK', side: 'right' },
    { title: 'STARTED' },
    { title: 'BY' },
    { title: 'LABELS' },
  ] as const;
  for (const line of drawTable(columns, rows)) output.tell(line);
  if (isCut)
    output.note(`only the newest ${formatCount(limit)} are shown: --limit NUMBER shows more, --limit 0 all`);
}

function rowOf(run: Run): string[] {
  const { id, graphName, graphVersion, status, stateCount, createdAt, endedAt, triggerKind, labels } = run;
  const took = formatDuration((endedAt ?? Date.now()) - createdAt);
  return [
    id,
    `${graphName} v${graphVersion}`,
    status,
    formatCount(stateCount),
    took,
    formatAgo(createdAt),
    triggerKind,
    describeLabels(labels),
  ];
}

/** Labels as they are given, `team=films, stage=live`; not printable yet. */
export function describeLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}
