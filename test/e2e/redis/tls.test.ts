/** State managers that speak to Redis over TLS, with certificates of an authority of their own, and in no other way. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { findRedisServer } from '../../../services/state-manager/processes/find-redis.ts';
import { startProcess } from '../../../services/state-manager/processes/start-process.ts';
import { createAuthority } from '../../support/certificates.ts';
import { startCounting, startRuns, wrongEnd } from '../../support/counted-runs.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { RawClient } from '../../support/raw/raw-client.ts';
import { startTestRedis, testRedisServer } from '../../support/redis.ts';
import { startTestStateManager } from '../../support/state-manager.ts';

/** Servers built from sources have no TLS unless they are told to. */
const skip = testRedisServer !== undefined && 'this server may have been built without TLS';
const masterName = 'tls-master';
const slots = 16_384;

const authority = createAuthority('Redis');
let folder: string;
let caFile: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'fanout-redis-tls-'));
  caFile = join(folder, 'ca.pem');
  const { cert, key } = authority.issue();
  writeFileSync(caFile, authority.cert);
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Settings of a server, or of a Sentinel, that listens for TLS only. */
function tlsOnly(port: number) {
  return {
    port: 0,
    'tls-port': port,
    'tls-cert-file': join(folder, 'cert.pem'),
    'tls-key-file': join(folder, 'key.pem'),
    'tls-ca-cert-file': caFile,
    'tls-auth-clients': 'no',
  };
}

async function startServer(t: TestContext, more: Readonly<Record<string, string | number>> = {}) {
  const port = await freePort();
  const server = await startTestRedis({ settings: { ...tlsOnly(port), ...more } });
  t.after(() => server.stop());
  return port;
}

/** Has runs come to their right ends on whatever Redis the URL names. */
async function assertRunsEnd(t: TestContext, url: string): Promise<void> {
  const stateManager = await startTestStateManager({ url }, { NODE_EXTRA_CA_CERTS: caFile });
  t.after(() => stateManager.stop());
  const client = new RawClient(stateManager.address);
  t.after(() => client.close());
  const runtime = startCounting(() => [stateManager.address]);
  t.after(() => runtime.stop());
  const runs = await startRuns(client, 6);
  const wrong = await Promise.all(runs.map((run) => wrongEnd(client, run)));
  assert.deepEqual(
    wrong.filter((sentence) => sentence !== undefined),
    [],
  );
}

test('runs end on one Redis behind TLS', { skip }, async (t) => {
  await assertRunsEnd(t, `rediss://127.0.0.1:${await startServer(t)}`);
});

test('runs end behind Sentinels that speak TLS, as their master does', { skip }, async (t) => {
  const master = await startServer(t);
  const sentinel = await freePort();
  const file = join(folder, 'sentinel.conf');
  const lines = [
    ...Object.entries(tlsOnly(sentinel)).map(([name, value]) => `${name} ${value}`),
    'bind 127.0.0.1',
    'tls-replication yes',
    `dir ${folder}`,
    `sentinel monitor ${masterName} 127.0.0.1 ${master} 1`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const started = await startProcess({
    name: 'sentinel',
    command: findRedisServer(),
    arguments: [file, '--sentinel'],
  });
  t.after(() => started.stop());
  await started.waitForLine((line) => (line.includes('+monitor') ? true : undefined));
  await assertRunsEnd(t, `rediss+sentinel://127.0.0.1:${sentinel}/${masterName}`);
});

test('runs end on a Cluster whose nodes speak TLS', { skip }, async (t) => {
  const nodes = await Promise.all(
    [0, 1].map(async () => {
      const bus = await freePort();
      const settings = { 'cluster-enabled': 'yes', 'cluster-port': bus, 'tls-cluster': 'yes' };
      const port = await startServer(t, settings);
      const redis = new Redis({ host: '127.0.0.1', port, tls: { ca: authority.cert } });
      t.after(() => redis.disconnect());
      return { port, bus, redis };
    }),
  );
  const [first, second] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
  await first.redis.cluster('ADDSLOTSRANGE', 0, slots / 2 - 1);
  await second.redis.cluster('ADDSLOTSRANGE', slots / 2, slots - 1);
  await first.redis.call('CLUSTER', 'MEET', '127.0.0.1', second.port, second.bus);
  await eventually(
    async () => {
      const infos = await Promise.all(nodes.map(({ redis }) => redis.cluster('INFO')));
      return infos.every((info) => /^cluster_state:ok\s/m.test(String(info)));
    },
    { timeoutMs: 30_000 },
  );
  await assertRunsEnd(t, `rediss+cluster://127.0.0.1:${first.port}`);
});

test('a certificate of an authority that nobody named ends the start, and says where to name it', {
  skip,
}, async (t) => {
  const url = `rediss://127.0.0.1:${await startServer(t)}`;
  await assert.rejects(
    startTestStateManager({ url }),
    /cannot reach Redis at rediss:.* certificate .*NODE_EXTRA_CA_CERTS/,
  );
});
