import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startProgram } from '../../../scripts/processes.ts';
import { eventually } from '../../support/eventually.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';
import { TriggerProbe } from '../../support/triggers.ts';

const day = 24 * 3_600_000;

let system: TestSystem;
let probe: TriggerProbe;
let folder: string;

before(async () => {
  system = await startSystem();
  probe = new TriggerProbe(system.redis.url);
  folder = mkdtempSync(join(tmpdir(), 'fanout-sweep-'));
});
after(async () => {
  probe?.stop();
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the example with a cron trigger deletes what was old at the slot, and nothing else', async () => {
  const ages = { 'old.csv': 20, 'older.csv': 200, 'new.csv': 1 };
  for (const [name, age] of Object.entries(ages)) {
    const file = join(folder, name);
    writeFileSync(file, name);
    const changedAt = new Date(Date.now() - age * day);
    utimesSync(file, changedAt, changedAt);
  }
  const program = await startProgram('examples/cron/sweep.ts', {
    name: 'sweep',
    arguments: [folder, '14'],
    env: { FANOUT_ADDRESS: system.stateManager.address },
  });
  try {
    await program.waitForLine((line) => (line.startsWith('sweeping ') ? true : undefined));
    const [slotAt] = await probe.nextSlots('sweep');
    await probe.rewind('sweep', slotAt! - day);
    const [run] = await eventually(async () => {
      const runs = await probe.runs(system.client, 'sweep');
      return runs[0]?.status === 'SUCCESS' && runs;
    });
    assert.deepEqual((await system.client.end(run!.runId)).outputs, [{ count: 2 }]);
    assert.deepEqual(
      Object.keys(ages).filter((name) => existsSync(join(folder, name))),
      ['new.csv'],
    );
  } finally {
    await program.stop();
  }
});

test('the example with triggers after runs announces each end where it belongs', async () => {
  const program = await startProgram('examples/after-run/announce.ts', {
    name: 'announce',
    arguments: ['orders.csv', 'broken.csv'],
    env: { FANOUT_ADDRESS: system.stateManager.address },
  });
  const { code } = await program.exited;
  const announced = program.lines.filter((line) => /^(news|alarm): /.test(line)).sort();
  assert.deepEqual(announced, ['alarm: FAILED broken.csv cannot be read', 'news: SUCCESS {"rows":10}']);
  assert.equal(code, 0);
});
