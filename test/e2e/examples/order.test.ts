/** The examples of order and load distribution run as their pages say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root, startProgram } from '../../../scripts/processes.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';

let redis: TestRedis;
let stateManager: TestStateManager;
before(async () => {
  redis = await startTestRedis();
  stateManager = await startTestStateManager(redis);
});
after(async () => {
  await stateManager?.stop();
  await redis?.stop();
});

/** The lines that an example prints, without its log. */
async function linesOf(file: string): Promise<string[]> {
  const name = file.replace(/^.*\//, '');
  const program = await startProgram(file, { name, env: { FANOUT_ADDRESS: stateManager.address } });
  const { code } = await program.exited;
  assert.equal(code, 0, program.lines.join('\n'));
  return program.lines.filter((line) => !line.startsWith('{'));
}

test('examples/order prints both orders, as its page shows them', async () => {
  const page = readFileSync(join(root, 'examples/order/README.md'), 'utf8');
  const shown = /```text\n([\s\S]*?)```/.exec(page)?.[1]?.trim().split('\n');
  assert.deepEqual(await linesOf('examples/order/order.ts'), shown);
});

test('examples/load-distribution gives each runtime what it has room for, and keeps to max_parallel', async () => {
  const lines = await linesOf('examples/load-distribution/distribute.ts');
  assert.match(lines[0] ?? '', /^a run takes 901 states and about \d+ bytes$/);
  const items = new Map(
    lines.flatMap((line) => {
      const [, worker, count] = /^(\w+): (\d+) items$/.exec(line) ?? [];
      return worker ? [[worker, Number(count)] as const] : [];
    }),
  );
  assert.equal(
    [...items.values()].reduce((sum, count) => sum + count, 0),
    300,
  );
  assert.ok(
    items.get('large')! > items.get('medium')! && items.get('medium')! > items.get('small')!,
    `${[...items]}`,
  );
  const [, calls] = /^at most (\d+) calls at once$/.exec(lines.at(-1) ?? '') ?? [];
  assert.ok(Number(calls) >= 1 && Number(calls) <= 4, lines.at(-1));
});
