import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MemoryStore, runNode } from '@fanout/runtime';
import { Handle } from '../../../examples/store/nodes.ts';
import { startProgram } from '../../../scripts/processes.ts';
import { startTestRedis } from '../../support/redis.ts';
import { startTestStateManager } from '../../support/state-manager.ts';

const redis = await startTestRedis();
after(() => redis.stop());

test('the example adds up twenty orders, and shows what the store then holds', async () => {
  const stateManager = await startTestStateManager(redis);
  const example = await startProgram('examples/store/main.ts', {
    name: 'examples/store',
    env: { FANOUT_ADDRESS: stateManager.address },
  });
  const { code } = await example.exited;
  const output = example.lines.join('\n');
  assert.equal(code, 0, output);
  assert.match(output, /revenue: 2190,\s+count: 20/);
  assert.match(output, /currency: 'EUR'/);
  assert.equal(output.match(/, the first/g)?.length, 1);
  await stateManager.stop();
});

test('its node can be tested without a server', async () => {
  const store = new MemoryStore({ revenue: 5 });
  const [output] = await runNode(Handle, { id: 'a', cents: 7, currency: 'EUR' }, { store });
  assert.deepEqual(output, { text: 'a: 7 EUR, the first' });
  assert.deepEqual(store.values, { revenue: 12, handled: ['a'], first_order: 'a' });
});
