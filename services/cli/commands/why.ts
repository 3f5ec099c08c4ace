/** `fanout why RUN`: what a run waits for. */
import type { Run, Wait } from '@fanout/runtime';
import type { Command } from 'commander';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { printable } from '../terminal/printable.ts';
import { describeRun } from './watch-run.ts';

export function addWhyCommand(program: Command): void {
  program
    .command('why <run>')
    .description('tell why a run does not get on, what somebody can do something about first')
    .action(withClient(why));
}

async function why({ client, output }: Call, runId: string): Outcome {
  const [run, waits] = await Promise.all([client.get(runId), client.waits(runId)]);
  output.show({ runId, status: run.status, waits }, () => [
    describeRun(run),
    ...waits.map(({ text }) => `  ${printable(text)}`),
    ...nextSteps(run, waits),
  ]);
}

function nextSteps(run: Run, waits: readonly Wait[]): string[] {
  if (run.endedAt !== undefined)
    return [`It has ended. Next: fanout ${run.status === 'SUCCESS' ? 'run results' : 'failures'} ${run.id}`];
  const [first] = waits;
  if (first === undefined) return ['It waits for nothing that lasts: its states are on their way.'];
  switch (first.reason) {
    case 'NO_RUNTIME':
      return ['Next: fanout runtime list shows what is connected, and which nodes it offers'];
    case 'PAUSED':
      return [`Next: fanout run resume ${run.id}`];
    case 'NO_PLACE':
      return ['Next: start another runtime that offers the node, or give its runtime more places'];
    case 'MAX_PARALLEL':
      return [`Next: raise max_parallel of ${printable(first.identifier)} in the graph, for the next run`];
    case 'RATE':
      return [
        `Next: raise the rate of ${printable(first.identifier)} in the graph or the node, for later runs`,
      ];
    case 'DUE':
    case 'EXECUTING':
    case 'READY':
      return [`Next: fanout run watch ${run.id}`];
    case 'UNITE':
      return [`Next: fanout explain ${run.id} ${printable(first.identifier)}`];
  }
}
