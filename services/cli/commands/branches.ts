/** `fanout branches RUN STATE`: a fan-out in one picture. */
import type { BranchSummary } from '@fanout/runtime';
import type { Command } from 'commander';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { readCount, readName } from '../options.ts';
import { paint } from '../terminal/colour.ts';
import {
  countBranches,
  describeFailedBranches,
  describeMarks,
  drawStrip,
} from '../terminal/fan-out-strip.ts';
import { formatCount } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';

/** Five lines of a strip. */
const usualCells = 300;

export function addBranchesCommand(program: Command): void {
  program
    .command('branches <run> <state>')
    .description(
      'draw how the branches of a fan-out ended; STATE is the one that fanned out, or one that unites',
    )
    .option('--unite <identifier>', 'those of this unite, where several unite the same state', readName)
    .option('--from <index>', 'from this branch on', readCount)
    .option('--to <index>', 'up to this branch, without it', readCount)
    .option('--cells <number>', 'characters at most, 1 to 1,000', readCount, usualCells)
    .action(withClient(drawBranches));
}

interface BranchesOptions {
  readonly unite?: string;
  readonly from?: number;
  readonly to?: number;
  readonly cells: number;
}

async function drawBranches(
  { client, output, options }: Call<BranchesOptions>,
  runId: string,
  stateId: string,
): Outcome {
  const { unite: identifier, from, to, cells } = options;
  const summary = await client.summarizeBranches(runId, { stateId, identifier, from, to, cells });
  output.show(summary, () => describeBranches(runId, summary));
}

function describeBranches(runId: string, summary: BranchSummary): string[] {
  const { cells, total, unitingIdentifier, isIncomplete } = summary;
  const unite = paint('bold', printable(unitingIdentifier));
  if (cells.length === 0) return [`${unite} unites ${formatCount(total)} branches; none of them is here`];
  const shown = cells.reduce((sum, { branches }) => sum + branches, 0);
  const part = shown < total ? `, of which ${formatCount(shown)} are shown` : '';
  const hasFailed = cells.some(({ failed }) => failed > 0);
  const isUnfinished = cells.some(({ unfinished }) => unfinished > 0);
  return [
    `${unite} unites ${total === 1 ? '1 branch' : `${formatCount(total)} branches`}${part}: ${countBranches(cells)}`,
    ...drawStrip(cells, process.stdout.columns),
    describeMarks(cells),
    ...describeFailedBranches(cells),
    ...(isIncomplete
      ? ['  Some that are told as unfinished may have succeeded: too many states would have to be read.']
      : []),
    ...(hasFailed ? [`Next: fanout failures ${printable(runId)}`] : []),
    ...(isUnfinished && !hasFailed
      ? [`Next: fanout explain ${printable(runId)} ${printable(unitingIdentifier)}`]
      : []),
  ];
}
