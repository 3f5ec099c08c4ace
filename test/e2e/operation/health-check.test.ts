/** The program that the image runs as its health check. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startProgram } from '../../../scripts/processes.ts';
import { createAuthority } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';

const folder = mkdtempSync(join(tmpdir(), 'fanout-health-'));
let redis: TestRedis;
const started: TestStateManager[] = [];

before(async () => {
  redis = await startTestRedis();
});
after(async () => {
  for (const each of started) await each.stop();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A state manager and its health check, in the same environment, as in a container. */
async function serve(env: Readonly<Record<string, string>> = {}) {
  const stateManager = await startTestStateManager(redis, env);
  started.push(stateManager);
  return { stateManager, check: () => check({ ...env, FANOUT_LISTEN: stateManager.address }) };
}

async function check(env: Readonly<Record<string, string>>) {
  const program = await startProgram('services/state-manager/health.ts', { name: 'health check', env });
  const { code } = await program.exited;
  return { code, output: program.lines.join('\n') };
}

test('is 0 while the state manager serves, and 1 with a reason when it has ended', async () => {
  const { stateManager, check } = await serve();
  assert.deepEqual(await check(), { code: 0, output: '' });
  await stateManager.stop();
  const { code, output } = await check();
  assert.equal(code, 1);
  assert.equal(output, `${stateManager.address}: connect ECONNREFUSED ${stateManager.address}`);
});

test('is 1 with one line for a setting or a file that cannot be', async () => {
  for (const settings of [
    { FANOUT_LISTEN: 'no where' },
    { FANOUT_TLS_CERT: join(folder, 'none'), FANOUT_TLS_KEY: join(folder, 'none') },
  ]) {
    const { code, output } = await check(settings);
    assert.equal(code, 1);
    assert.match(output, /^.+$/);
  }
});

test('asks the host that is served, and where none is given the usual port', {
  skip: process.platform !== 'linux' && 'has one loopback address',
}, async () => {
  const { check: checkHost } = await serve({ FANOUT_LISTEN: '127.0.0.2:0' });
  assert.deepEqual(await checkHost(), { code: 0, output: '' });
  const { code, output } = await check({ FANOUT_LISTEN: '' });
  // If it serves, it is another process's.
  if (code !== 0) assert.match(output, /^127\.0\.0\.1:7600: /);
});

test('is 0 with TLS, also where clients need a certificate', async () => {
  const authority = createAuthority('health');
  const { cert, key } = authority.issue();
  const files = { cert, key, ca: authority.cert };
  for (const [part, bytes] of Object.entries(files)) writeFileSync(join(folder, `${part}.pem`), bytes);
  const { check } = await serve({
    FANOUT_TLS_CERT: join(folder, 'cert.pem'),
    FANOUT_TLS_KEY: join(folder, 'key.pem'),
    FANOUT_TLS_CA: join(folder, 'ca.pem'),
  });
  assert.deepEqual(await check(), { code: 0, output: '' });
});

test('is 1 while Redis is away', async () => {
  const { check } = await serve();
  await redis.kill();
  await eventually(async () => (await check()).code === 1);
  assert.match((await check()).output, /does not serve/);
  await redis.restart();
});
