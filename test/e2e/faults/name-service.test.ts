/** State managers behind one name: runtimes and clients go from one of its addresses to the next, and learn new ones. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Client } from '@fanout/runtime';
import { startProcess } from '../../../scripts/processes.ts';
import { startDnsServer } from '../../support/dns-server.ts';
import { freePort } from '../../support/free-port.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { startTestRedis } from '../../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';

const name = 'fanout.test';

/** Runs the graph whose node calls another one through the name, and asks only the state manager that is given. */
async function ask({ address }: TestStateManager): Promise<void> {
  const client = new Client({ address });
  try {
    assert.deepEqual(await client.call('ask', {}, { signal: AbortSignal.timeout(30_000) }), [{ leaves: 1 }]);
  } finally {
    client.close();
  }
}

test('a name with several addresses is as good as a list of them, and is looked up anew', async (t: TestContext) => {
  const dns = await startDnsServer();
  if (typeof dns === 'string') return t.skip(dns);
  t.after(() => dns.stop());
  const redis = await startTestRedis();
  t.after(() => redis.stop());
  const port = await freePort();
  const start = async (host: string) => {
    const manager = await startTestStateManager(redis, { FANOUT_LISTEN: `${host}:${port}` });
    t.after(() => manager.kill());
    return manager;
  };
  const [first, second] = [await start('127.0.0.2'), await start('127.0.0.3')];
  dns.addresses.set(name, ['127.0.0.2', '127.0.0.3']);
  const client = new Client({ address: first.address });
  const nodes = (nodeName: string) => ({ nodes: [nodeTemplate('only', [], { node_name: nodeName })] });
  await client.upsert({ name: 'leaf', template: nodes('NamedLeafNode') });
  await client.upsert({ name: 'ask', template: nodes('NamedAskNode') });
  client.close();

  const [command = '', ...words] = dns.asking;
  const program = await startProcess({
    name: 'a runtime that knows a name',
    command,
    arguments: [
      ...[...words, process.execPath, '--import', 'tsx'],
      ...['test/support/programs/named-state-manager.ts', `${name}:${port}`],
    ],
  });
  t.after(() => program.stop());
  await program.waitForLine((line) => line === 'connected' || undefined);
  await ask(first);
  await ask(second);
  await first.kill();
  await ask(second);
  dns.addresses.set(name, ['127.0.0.4']);
  const third = await start('127.0.0.4');
  await second.kill();
  await ask(third);
});
