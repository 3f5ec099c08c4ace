/** `npm run bench -- [NAME…] [OPTIONS]` */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installRedis } from '../scripts/install-redis.ts';
import {
  buildChanged,
  dropSettings,
  root,
  stopProcesses,
  stopProcessesOnExit,
} from '../scripts/processes.ts';
import type { ContenderKind } from './contenders/contender.ts';
import { fanoutDescription } from './contenders/fanout.ts';
import { installPeers, withinLimits } from './contenders/peers.ts';
import { currentLoad, type DatedResult, describeMachine, type Report, titleOf } from './harness/report.ts';
import { measureScenario } from './harness/rounds.ts';
import type { Sizes } from './harness/sample.ts';
import type { Scenario } from './harness/scenario.ts';
import { type BenchOptions, readOptions, sizesOf } from './options.ts';
import { compareWithRecorded } from './report/check.ts';
import { readRecorded, writeDocuments } from './report/documents.ts';
import { textTable } from './report/table.ts';
import { scenarios } from './scenarios/scenarios.ts';

const folder = join(root, '.fanout', `bench-${process.pid}`);
const flags = process.argv.slice(2);
const command = ['npm run bench', ...(flags.length > 0 ? ['--', ...flags] : [])].join(' ');

async function measure(
  scenario: Scenario,
  sizes: Sizes,
  { rounds, warmUps }: BenchOptions,
  kinds: readonly ContenderKind[],
): Promise<DatedResult> {
  const load = currentLoad();
  const opening = { sizes, folder, peers: withinLimits(kinds, sizes) };
  console.log(`\n${titleOf({ scenario: scenario.name, sizes })}`);
  try {
    const result = await measureScenario(scenario, opening, {
      rounds: scenario.rounds ?? rounds,
      warmUps,
      say: console.log,
    });
    return { ...result, date: new Date().toISOString().slice(0, 10), command, machine, load };
  } finally {
    await stopProcesses();
    rmSync(folder, { recursive: true, force: true });
  }
}

stopProcessesOnExit();
dropSettings();
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const options = readOptions(flags, scenarios);
installRedis();
await buildChanged();
const kinds = await installPeers(options.peers, console.log);
const machine = describeMachine();
const systems = [fanoutDescription, ...kinds.map(({ description }) => description)];
console.log([machine, ...systems].join('\n'));

const recorded = readRecorded()?.results ?? [];
const results: DatedResult[] = [];
for (const scenario of options.scenarios) {
  for (const sizes of sizesOf(scenario, options)) {
    try {
      const result = await measure(scenario, sizes, options, kinds);
      results.push(result);
      console.log(`\n${textTable(result)}`);
      // At once: the next one may take long, and somebody may lose patience.
      if (options.writeDocs) writeDocuments({ systems, results: [result] }, scenarios);
    } catch (error) {
      console.error(`${scenario.name} has failed: ${(error as Error).message}`);
      process.exitCode = 1;
    }
  }
}

if (options.jsonFile !== undefined) {
  const report: Report = { systems, results };
  writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
}
if (options.check) {
  const { lines, worse } = compareWithRecorded(results, recorded, {
    scenarios,
    tolerance: options.tolerance,
  });
  console.log(
    `\n${lines.join('\n')}\n${worse} worse than recorded by more than ${options.tolerance * 100} %`,
  );
  if (worse > 0) process.exitCode = 1;
}
