/** TLS and certificates of clients, and files that are renewed while all goes on. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client, type ClientOptions, defineNode, Runtime } from '@fanout/runtime';
import { z } from 'zod';
import { type Authority, createAuthority } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';

const folder = mkdtempSync(join(tmpdir(), 'fanout-tls-'));
const fileOf = (part: string) => join(folder, `${part}.pem`);
const first = createAuthority('first');
const second = createAuthority('second');
let redis: TestRedis;
let stateManager: TestStateManager;
let runtime: Runtime;

/** Puts a certificate of an authority in place, which then signs those of clients as well, as `others` do. */
function install(authority: Authority, ...others: readonly Authority[]): void {
  const { cert, key } = authority.issue();
  const ca = Buffer.concat([authority, ...others].map((each) => each.cert));
  for (const [part, bytes] of Object.entries({ cert, key, ca })) writeFileSync(fileOf(part), bytes);
}

const tlsOf = (authority: Authority) => ({ ca: authority.cert, ...authority.issue() });
const Echo = defineNode({
  name: 'EchoNode',
  inputs: z.object({ text: z.string() }),
  outputs: z.object({ text: z.string() }),
  run: (inputs) => inputs,
});

/** Calls the graph over a connection of its own. */
async function echo(tls: ClientOptions['tls']): Promise<unknown> {
  const client = new Client({ address: stateManager.address, ...(tls && { tls }) });
  try {
    await client.upsert({ name: 'echo', template: { nodes: [nodeTemplate('echo')] } });
    return await client.call('echo', { text: 'well' });
  } finally {
    client.close();
  }
}

before(async () => {
  redis = await startTestRedis();
  install(first);
  stateManager = await startTestStateManager(redis, {
    FANOUT_TLS_CERT: fileOf('cert'),
    FANOUT_TLS_KEY: fileOf('key'),
    FANOUT_TLS_CA: fileOf('ca'),
  });
  runtime = new Runtime({
    nodes: [Echo],
    address: stateManager.address,
    tls: tlsOf(first),
    log: () => undefined,
  });
  await runtime.start();
});
after(async () => {
  await runtime?.stop();
  await stateManager?.stop();
  await redis?.stop();
  rmSync(folder, { recursive: true });
});

test('only who shows a certificate of the right authority is served, and only over TLS', async () => {
  assert.deepEqual(await echo(tlsOf(first)), [{ text: 'well' }]);
  const stranger = createAuthority('stranger');
  for (const tls of [undefined, { ca: first.cert }, { ...tlsOf(stranger), ca: first.cert }, tlsOf(stranger)])
    await assert.rejects(echo(tls), { code: 14 });
});

test('requests of HTTP are served over TLS as well, by either version, and only to who shows a certificate', async () => {
  const { ca, cert, key } = tlsOf(first);
  const ask = async (tls: { ca: Buffer; cert?: Buffer; key?: Buffer }): Promise<number | undefined> => {
    const call = request(`https://${stateManager.address}/livez`, { ...tls, agent: false });
    const [{ statusCode }] = (await once(call.end(), 'response')) as [IncomingMessage];
    return statusCode;
  };
  assert.equal(await ask({ ca, cert, key }), 200);
  await assert.rejects(ask({ ca }));
  const session = connect(`https://${stateManager.address}`, { ca, cert, key });
  const [headers] = await once(session.request({ ':path': '/livez' }), 'response');
  assert.equal(headers[':status'], 200);
  session.destroy();
});

test('a state manager whose certificate cannot be used does not start, and names the setting', async () => {
  const env = { FANOUT_TLS_CERT: fileOf('nothing'), FANOUT_TLS_KEY: fileOf('key') };
  await assert.rejects(
    startTestStateManager(redis, env),
    /exit 1[\s\S]*FANOUT_TLS_CERT names a file that cannot be read/,
  );
});

test('certificates are renewed without a restart, and files that do not fit change nothing', async () => {
  writeFileSync(fileOf('key'), createAuthority('another').key);
  await stateManager.waitForEvent('certificates_not_reloaded');
  assert.deepEqual(await echo(tlsOf(first)), [{ text: 'well' }]);
  install(second, first);
  await stateManager.waitForEvent('certificates_reloaded');
  // The stream of the runtime is as old as the first certificate.
  assert.deepEqual(await eventually(() => echo(tlsOf(second))), [{ text: 'well' }]);
  assert.deepEqual(stateManager.events('connection_distrusted'), []);
});

test('a stream ends when the authority that has signed its certificate is not trusted any more', async () => {
  const client = new Client({ address: stateManager.address, tls: tlsOf(second) });
  assert.deepEqual(await client.call('echo', { text: 'well' }), [{ text: 'well' }]);
  install(second);
  const { peer } = await stateManager.waitForEvent('connection_distrusted');
  assert.match(String(peer), /^127\.0\.0\.1:\d+$/);
  await stateManager.waitForEvent('session_disconnected');
  // The connection of who is trusted still is the one of before.
  assert.equal(stateManager.events('connection_distrusted').length, 1);
  await client.trigger('echo', { text: 'nobody hosts it now' });
  client.close();
  await assert.rejects(echo(tlsOf(first)), { code: 14 });
});
