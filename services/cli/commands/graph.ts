/** `fanout graph …`: the graphs of a namespace. */
import type { GraphCheck, GraphVersion, StoredGraph, Violation } from '@fanout/runtime';
import type { Command } from 'commander';
import { readJsonFile } from '../connection/json-input.ts';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { UsageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { writeJson } from '../json/exact-json.ts';
import { type Difference, diffJson } from '../json/json-diff.ts';
import { readCount, readWidth } from '../options.ts';
import { paint } from '../terminal/colour.ts';
import { countOf, formatAgo, formatBytes, formatCount } from '../terminal/format.ts';
import { printable, printableJson } from '../terminal/printable.ts';
import { drawTable } from '../terminal/table.ts';

export function addGraphCommands(program: Command): void {
  const graph = program.command('graph').description('store, read, check and compare graphs');
  graph
    .command('put <name> <file>')
    .description('store a graph as a new version; one that equals its newest version changes nothing')
    .action(withClient(putGraph));
  graph
    .command('get <name>')
    .description('print the template of a graph')
    .option('--graph-version <number>', 'of this version; the newest if absent', readCount)
    .action(withClient(getGraph));
  graph.command('list').description('list the newest version of each graph').action(withClient(listGraphs));
  graph
    .command('validate <name> <file>')
    .description('check a graph, store nothing, and tell what a run of it would take')
    .option(
      '--width <place=number>',
      'outputs that a place is assumed to have; may be given again',
      readWidth,
    )
    .option('--output-bytes <number>', 'bytes that an output is assumed to have', readCount)
    .action(withClient(validateGraph));
  graph
    .command('delete <name>')
    .description('delete a graph with all its versions; runs that have ended stay')
    .action(withClient(deleteGraph));
  graph
    .command('diff <name> [file]')
    .description('compare a stored graph with a file, or with another version')
    .option('--from <version>', 'the version to compare; the newest if absent', readCount)
    .option('--to <version>', 'the version to compare with, in place of a file', readCount)
    .option('--exit-code', 'exit with 1 if they differ')
    .action(withClient(diffGraph));
}

function describeViolations(word: string, violations: readonly Violation[]): string[] {
  return violations.map(
    ({ path, code, description }) =>
      `  ${word} ${printable(path)}: ${printable(description)} (${printable(code)})`,
  );
}

async function putGraph({ client, output }: Call, name: string, file: string): Outcome {
  const stored: StoredGraph = await client.upsert({ name, template: readJsonFile(file) });
  output.show({ name, ...stored }, () => [
    stored.created
      ? `stored graph ${printable(name)} as version ${stored.version}`
      : `graph ${printable(name)} is as it was: version ${stored.version}`,
    ...describeViolations(paint('yellow', 'warning'), stored.warnings),
    `Next: fanout run start ${printable(name)} --watch`,
  ]);
}

async function getGraph({ client, output, options }: Call<{ graphVersion?: number }>, name: string): Outcome {
  const graph = await client.graph(name, options.graphVersion);
  output.show(graph, () => [printableJson(writeJson(graph.template, 2))]);
}

async function listGraphs({ client, output }: Call): Outcome {
  const rows: string[][] = [];
  for await (const graph of client.graphs()) {
    if (output.isJson) output.show(graph, () => []);
    else
      rows.push([
        graph.name,
        formatCount(graph.version),
        String(placesOf(graph)),
        formatAgo(graph.createdAt),
      ]);
  }
  if (rows.length === 0) return output.tell('no graphs here: "fanout graph put NAME FILE" stores one');
  const columns = [
    { title: 'GRAPH' },
    { title: 'VERSION', side: 'right' },
    { title: 'PLACES', side: 'right' },
    { title: 'STORED' },
  ] as const;
  for (const line of drawTable(columns, rows)) output.tell(line);
}

function placesOf({ template }: GraphVersion): number {
  return (template as { readonly nodes?: readonly unknown[] }).nodes?.length ?? 0;
}

async function validateGraph(
  { client, output, options }: Call<{ width?: Readonly<Record<string, number>>; outputBytes?: number }>,
  name: string,
  file: string,
): Outcome {
  const { width: widths = {}, outputBytes } = options;
  const assumptions = outputBytes === undefined ? { widths } : { widths, outputBytes };
  const check = await client.validate({ name, template: readJsonFile(file) }, assumptions);
  output.show(check, () => describeCheck(name, check));
  return check.violations.length > 0 ? exitCodes.usage : exitCodes.ok;
}

function describeCheck(name: string, { violations, warnings, estimate }: GraphCheck): string[] {
  const verdict =
    violations.length === 0
      ? `graph ${printable(name)} is valid`
      : `graph ${printable(name)} breaks ${countOf(violations.length, 'rule')}`;
  return [
    verdict,
    ...describeViolations(paint('red', 'error'), violations),
    ...describeViolations(paint('yellow', 'warning'), warnings),
    ...(estimate === undefined
      ? []
      : [
          `a run of it: ${countOf(estimate.states, 'state')}, ${countOf(estimate.scopes, 'unite')}, ${formatBytes(estimate.storageBytes)} in Redis`,
        ]),
  ];
}

async function deleteGraph({ client, output }: Call, name: string): Outcome {
  const versions = await client.deleteGraph(name);
  output.show({ name, versions }, () => [
    `deleted graph ${printable(name)}, ${countOf(versions, 'version')}`,
  ]);
}

async function diffGraph(
  { client, output, options }: Call<{ from?: number; to?: number; exitCode?: boolean }>,
  name: string,
  file: string | undefined,
): Outcome {
  const { from, to, exitCode = false } = options;
  if ((file === undefined) === (to === undefined))
    throw new UsageError('graph diff: give a file or --to VERSION to compare with, one of them');
  const before = await client.graph(name, from);
  const after = file === undefined ? (await client.graph(name, to)).template : readJsonFile(file);
  const differences = diffJson(before.template, after);
  output.show({ name, version: before.version, differences }, () => describeDiff(differences));
  return exitCode && differences.length > 0 ? exitCodes.failed : exitCodes.ok;
}

function describeDiff(differences: readonly Difference[]): string[] {
  if (differences.length === 0) return ['no difference'];
  const shown = (value: unknown): string => printableJson(writeJson(value));
  return differences.map(({ path, before, after }) => {
    const place = printable(path);
    if (before === undefined) return paint('green', `+ ${place}: ${shown(after)}`);
    if (after === undefined) return paint('red', `- ${place}: ${shown(before)}`);
    return paint('yellow', `~ ${place}: ${shown(before)} → ${shown(after)}`);
  });
}
