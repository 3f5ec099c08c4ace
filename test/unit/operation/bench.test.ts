/** The harness of the benchmarks, with subjects that only pretend to work. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CommandedProcess } from '../../../bench/harness/commands.ts';
import { type DatedResult, merged } from '../../../bench/harness/report.ts';
import { measureScenario } from '../../../bench/harness/rounds.ts';
import type { Scenario } from '../../../bench/harness/scenario.ts';
import { percentilesOf } from '../../../bench/harness/statistics.ts';
import { readOptions, sizesOf } from '../../../bench/options.ts';
import { drawChart } from '../../../bench/report/chart.ts';
import { compareWithRecorded } from '../../../bench/report/check.ts';
import { markdownSection, textTable } from '../../../bench/report/table.ts';
import { scenarios } from '../../../bench/scenarios/scenarios.ts';
import { startProcess, stopProcesses } from '../../../scripts/processes.ts';

after(stopProcesses);

/** Three rounds of `fanout`, which is given, and of a peer that is always at 10. */
async function pretend(
  fanout: readonly number[],
): Promise<{ result: DatedResult; scenario: Scenario; order: string[] }> {
  const order: string[] = [];
  const scenario: Scenario = {
    name: 'pretend',
    summary: 'nothing is done',
    headline: 'rate',
    figures: [{ name: 'rate', meaning: 'things in a second', better: 'higher' }],
    sizes: { usual: [{ count: 1_000 }], full: [{ count: 1_000 }, { count: 5_000 }] },
    warmUpSizes: { count: 100 },
    open: async () => {
      const rates = [...fanout];
      return [
        {
          name: 'fanout',
          measure: async ({ count }) => {
            order.push(`fanout ${count}`);
            return { rate: count === 100 ? 0 : rates.shift()! };
          },
        },
        {
          name: 'peer',
          measure: async ({ count }) => {
            order.push(`peer ${count}`);
            return { rate: 10 };
          },
        },
      ];
    },
  };
  const opening = { sizes: { count: 1_000 }, peers: [], folder: '' };
  const measured = await measureScenario(scenario, opening, { rounds: 3, warmUps: 1, say: () => undefined });
  return {
    scenario,
    order,
    result: { ...measured, date: '2026-11-29', command: 'npm run bench', machine: '', load: 0 },
  };
}

test('subjects are measured in turn, each round begins with the next one, and a warm-up is small and not counted', async () => {
  const { result, order } = await pretend([30, 10, 20]);
  assert.deepEqual(order, [
    ...['fanout 100', 'peer 100'],
    ...['peer 1000', 'fanout 1000'],
    ...['fanout 1000', 'peer 1000'],
    ...['peer 1000', 'fanout 1000'],
  ]);
  assert.deepEqual(result.subjects.fanout, { rate: { median: 20, min: 10, max: 30 } });
  assert.deepEqual(result.ratios, [{ figure: 'rate', of: 'fanout', to: 'peer', value: 2 }]);
});

test('a ratio that got worse by more than the tolerance is told, and a smaller change is not', async () => {
  const [before, now] = [await pretend([20, 20, 20]), await pretend([14, 14, 14])];
  const compare = (tolerance: number) =>
    compareWithRecorded([now.result], [before.result], { scenarios: [now.scenario], tolerance });
  assert.equal(compare(0.25).worse, 1);
  assert.match(compare(0.25).lines[0]!, /^WORSE .*1\.4, recorded 2 \(-30 %\)/);
  assert.equal(compare(0.35).worse, 0);
});

test('a report keeps what it is not given anew, and takes what it is', async () => {
  const { result } = await pretend([20, 20, 20]);
  const other = { ...result, scenario: 'other' };
  const report = (...results: DatedResult[]) => ({ systems: [], results });
  const newer = { ...result, date: '2026-11-30' };
  assert.deepEqual(merged(report(result, other), report(newer)).results, [newer, other]);
});

test('results become a table, a section of a page and a chart', async () => {
  const { result, scenario } = await pretend([30, 10, 20]);
  assert.match(textTable(result), /^rate {2}20 \(10 to 30\) {2}10$/m);
  assert.match(markdownSection(result, scenario), /^\| `rate` \| 20 \(10 to 30\) \| 10 \|$/m);
  assert.equal(drawChart([result], [scenario]).match(/<rect /g)?.length, 2);
});

test('percentiles of latencies are milliseconds', () => {
  const us = Array.from({ length: 1_000 }, (_, i) => (i + 1) * 1_000);
  const { p50_ms, p99_ms } = percentilesOf(us);
  assert.ok(Math.abs(p50_ms - 500) < 1 && Math.abs(p99_ms - 990) < 1, `${p50_ms}, ${p99_ms}`);
});

test('the command line chooses scenarios, peers and sizes, and says what there is', () => {
  const options = readOptions(['fan-out', '--branches', '500', '--full', '--peers', 'none'], scenarios);
  assert.deepEqual(options.peers, []);
  assert.deepEqual(sizesOf(options.scenarios[0]!, options), [{ branches: 500 }]);
  assert.throws(() => readOptions(['fanout'], scenarios), /no scenario "fanout": there are fan-out, calls/);
  assert.throws(() => readOptions(['--peers', 'bull'], scenarios), /no peer "bull": there are bullmq/);
  assert.throws(() => readOptions(['--rounds', '0'], scenarios), /--rounds is a whole number from 1/);
});

test('a client process does commands, and tells what went wrong', async () => {
  const program = `
    import { serveCommands } from './bench/programs/serve-commands.ts';
    serveCommands({
      double: async ({ count }) => ({ count: count * 2 }),
      fail: async () => { throw new Error('no room'); },
      leave: async () => process.exit(1),
    });`;
  const flags = ['--import', 'tsx', '--input-type=module', '--eval', program];
  const child = await startProcess({ name: 'client', command: process.execPath, arguments: flags });
  const client = await CommandedProcess.over(child);
  assert.deepEqual(await client.do('double', { count: 21 }), { count: 42 });
  await assert.rejects(client.do('fail', {}), /client could not do fail: Error: no room/);
  await assert.rejects(client.do('jump', {}), /there is no command \/jump/);
  await assert.rejects(client.do('leave', {}), /client could not do leave/);
});
