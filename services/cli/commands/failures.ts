/** `fanout failures RUN`: what has failed, in groups. */
import type { FailureGroup, GroupedFailures } from '@fanout/runtime';
import type { Command } from 'commander';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { paint } from '../terminal/colour.ts';
import { countOf, formatAgo, formatCount } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';

/** Lines of a stack that are shown; the state has all of them. */
const stackLines = 3;

export function addFailuresCommand(program: Command): void {
  program
    .command('failures <run>')
    .description('group the failures of a run that nobody has retried, each group with an example')
    .action(withClient(showFailures));
}

async function showFailures({ client, output }: Call, runId: string): Outcome {
  const failures = await client.groupFailures(runId);
  output.show({ runId, ...failures }, () => describeFailures(runId, failures));
}

function describeFailures(runId: string, { groups, groupsLeftOut, isIncomplete }: GroupedFailures): string[] {
  if (groups.length === 0) return [`no failures in run ${printable(runId)}`];
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  return [
    `${countOf(total, 'failure')} in ${countOf(groups.length, 'group')}`,
    ...groups.flatMap(describeGroup),
    ...(groupsLeftOut > 0 ? [`and ${countOf(groupsLeftOut, 'group')} more`] : []),
    ...(isIncomplete ? ['There are more failures than were looked at: the numbers are too small.'] : []),
    `Next: mend the node or its inputs, then "fanout run retry ${printable(runId)}" tries all of them again;`,
    `      "fanout states ${printable(runId)} --place PLACE --code CODE" lists those of a group.`,
  ];
}

function describeGroup({
  identifier,
  nodeName,
  code,
  shape,
  count,
  firstAt,
  lastAt,
  example,
}: FailureGroup): string[] {
  const stack = example.failure?.stack?.split('\n').slice(0, stackLines) ?? [];
  const times = count === 1 ? formatAgo(lastAt) : `first ${formatAgo(firstAt)}, last ${formatAgo(lastAt)}`;
  return [
    '',
    `${paint('bold', printable(identifier))} (${printable(nodeName)})  ${paint('red', printable(code))}  ×${formatCount(count)}  ${times}`,
    `  ${printable(shape)}`,
    ...(example.failure === undefined || example.failure.message === shape
      ? []
      : [`  for example: ${printable(example.failure.message)}`]),
    ...stack.map((line) => `    ${printable(line.trim())}`),
    `  fanout state ${printable(example.id)} --inputs`,
  ];
}
