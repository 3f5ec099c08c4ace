/** The smallest runtime: stubs made as its page says, and the graph of the concept page on it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type RunningProcess, root, startProcess } from '../../../scripts/processes.ts';
import { preparePython } from '../../../scripts/python.ts';
import { exampleGraph } from '../../support/graphs.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

const { python = '', missing } = preparePython();
const skip = missing ?? false;
const stubs = mkdtempSync(join(tmpdir(), 'fanout-bare-'));
let system: TestSystem;
let proxy: TcpProxy;
let runtime: RunningProcess;

before(async () => {
  if (missing !== undefined) return;
  const files = readdirSync(join(root, 'proto/fanout/v1')).map((file) => `proto/fanout/v1/${file}`);
  const out = [`--python_out=${stubs}`, `--grpc_python_out=${stubs}`];
  const protoc = await startProcess({
    name: 'protoc',
    command: python,
    arguments: ['-m', 'grpc_tools.protoc', '-I', 'proto', '-I', 'proto/third_party', ...out, ...files],
  });
  assert.equal((await protoc.exited).code, 0, protoc.lines.join('\n'));
  // The environment may have the package `fanout`, which comes before a folder of that name without this file.
  mkdirSync(join(stubs, 'fanout'), { recursive: true });
  writeFileSync(join(stubs, 'fanout/__init__.py'), '');
  system = await startSystem({ FANOUT_GRACE_MS: '20000' });
  proxy = await startTcpProxy(system.stateManager.address);
  runtime = await startProcess({
    name: 'bare runtime',
    command: python,
    arguments: ['examples/bare-runtime/runtime.py'],
    env: { PYTHONPATH: stubs, FANOUT_ADDRESS: proxy.address },
  });
  await connected(1);
});
after(async () => {
  await runtime?.kill();
  await proxy?.stop();
  await system?.stop();
  rmSync(stubs, { recursive: true });
});

/** Waits until it has been connected so often. */
function connected(times: number): Promise<true> {
  let count = 0;
  return runtime.waitForLine((line) => (line === 'connected' && ++count === times ? true : undefined));
}

const data = Array.from({ length: 1_000 }, (_, i) => i);

test('the smallest runtime runs the graph of the concept page', { skip }, async () => {
  const runId = await system.client.start('bare', exampleGraph('fanout-unite'), { data });
  const { status, outputs } = await system.client.end(runId);
  assert.equal(status, 'SUCCESS');
  assert.deepEqual(outputs, [{ total: 499_500, parts: 10 }]);
});

test('its connection is cut again and again, and each branch counts once', { skip }, async () => {
  const runIds = await Promise.all(
    Array.from({ length: 20 }, () => system.client.start('bare', exampleGraph('fanout-unite'), { data })),
  );
  for (const times of [2, 3]) {
    proxy.reset();
    await connected(times);
  }
  for (const runId of runIds) {
    const { status, outputs } = await system.client.end(runId);
    assert.deepEqual([status, outputs], ['SUCCESS', [{ total: 499_500, parts: 10 }]]);
  }
  const attempts = (await system.client.states(runIds[0]!)).map(({ attempt }) => attempt);
  assert.deepEqual(new Set(attempts), new Set([1]));
});

test('an error of a node reaches its state, with its name as the code', { skip }, async () => {
  const graph = { ...exampleGraph('fanout-unite'), retry_policy: { max_retries: 0 } };
  const runId = await system.client.start('bare-broken', graph, { data: 17 });
  assert.equal((await system.client.end(runId)).status, 'FAILED');
  const [state] = await system.client.states(runId, 'data_splitter');
  assert.equal(state?.failure?.code, 'TypeError');
  assert.match(state.failure.message ?? '', /int/);
});
