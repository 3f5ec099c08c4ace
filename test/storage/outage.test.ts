import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Redis } from 'ioredis';
import type { ErrorReason } from '../../services/state-manager/errors.ts';
import { FanoutError } from '../../services/state-manager/errors.ts';
import { createLog } from '../../services/state-manager/log.ts';
import { Keys } from '../../services/state-manager/storage/layout/keys.ts';
import { openStorage } from '../../services/state-manager/storage/storage.ts';
import { eventually } from '../support/eventually.ts';
import { chain } from '../support/graphs.ts';
import { startTestRedis } from '../support/redis.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { beginRun } from './begin-run.ts';
import { compile, newRun, quietLog, startStorage } from './fixture.ts';
import { executed, SessionDriver } from './session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, server, storage } = fixture;
const { runs, sessions, catalog } = storage;
const graph = compile(chain('only'));
const trigger = () => beginRun(runs, { ...newRun(graph), digest: '', inputsJson: '{}' });
const addVersion = () =>
  catalog.addVersion({ namespace: 'default', name: 'graph', version: 1, templateJson: '{}', createdAt: 0 });

/** The calls that do not fail with this reason and a time to try again, each with what it does instead. */
async function unexpected(
  reason: ErrorReason,
  calls: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<string[]> {
  const outcomes = Object.entries(calls).map(async ([name, call]) => {
    try {
      await call();
      return `${name} succeeded`;
    } catch (error) {
      if (error instanceof FanoutError && error.reason === reason && error.retryAfterMs) return '';
      return `${name}: ${error}`;
    }
  });
  return (await Promise.all(outcomes)).filter((outcome) => outcome !== '');
}

test('a full Redis refuses whatever is new as full', async () => {
  await redis.config('SET', 'maxmemory', 1);
  try {
    const token = { hash: 'h', tokenId: 't', namespace: 'default', role: 'client', createdAt: 0 } as const;
    const refused = { trigger, addVersion, putToken: () => catalog.putToken('h', token) };
    assert.deepEqual(await unexpected('STORAGE_FULL', refused), []);
  } finally {
    await redis.config('SET', 'maxmemory', 0);
  }
});

/** Ways in which Redis refuses writes, with its word for each, and how it takes them again. */
const refusals = {
  READONLY: {
    begin: () => redis.replicaof('127.0.0.1', 1),
    end: () => redis.replicaof('NO', 'ONE'),
  },
  NOREPLICAS: {
    begin: () => redis.config('SET', 'min-replicas-to-write', 1),
    end: () => redis.config('SET', 'min-replicas-to-write', 0),
  },
  NOPERM: {
    begin: () => redis.call('ACL', 'SETUSER', 'default', '-@write', '-@scripting'),
    end: () => redis.call('ACL', 'SETUSER', 'default', '+@all'),
  },
};
for (const [word, { begin, end }] of Object.entries(refusals)) {
  test(`a Redis that says ${word} is unhealthy, which the log says, and calls are to be tried again`, async () => {
    const lines: { event: string; error?: string }[] = [];
    const log = createLog({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
    const { url } = server;
    const other = await openStorage({ url, keyPrefix: fixture.keyPrefix, shards: 1, log });
    assert.equal(await other.isHealthy(), true);
    await begin();
    try {
      assert.equal(await other.isHealthy(), false);
      await other.isHealthy();
      assert.deepEqual(await unexpected('STORAGE_UNAVAILABLE', { trigger, addVersion }), []);
    } finally {
      await end();
    }
    await eventually(() => other.isHealthy());
    await eventually(() => storage.isHealthy());
    other.close();
    const told = lines.filter(({ event }) => event.startsWith('storage_'));
    const words = told.map(({ event, error = '' }) => [event, error.split(' ')[0]]);
    assert.deepEqual(
      [words[0], words.at(-1)],
      [
        ['storage_unhealthy', word],
        ['storage_healthy', ''],
      ],
    );
  });
}

test('a state manager starts while Redis is full, and is unhealthy until there is room', async () => {
  await redis.config('SET', 'maxmemory', 1);
  try {
    const other = await fixture.open();
    assert.equal(await other.isHealthy(), false);
    await redis.config('SET', 'maxmemory', 0);
    assert.equal(await other.isHealthy(), true);
    other.close();
  } finally {
    await redis.config('SET', 'maxmemory', 0);
  }
});

test('while Redis is away every call says so', async () => {
  const driver = new SessionDriver(storage, 'away');
  await driver.attach();
  const run = newRun(graph);
  await beginRun(runs, { ...run, digest: '', inputsJson: '{}' });
  const [held] = await driver.claim(run);
  await server.kill();
  try {
    const calls = {
      trigger,
      addVersion,
      view: () => runs.view('run'),
      list: () => runs.list('default', {}, { pageSize: 1, pageToken: '' }),
      records: () => runs.records('run', [1]),
      outputs: () => runs.outputs('run', [{ state: 1, output: 0 }]),
      due: () => runs.due(0, 1),
      latestVersion: () => catalog.latestVersion('default', 'graph'),
      runtimes: () => catalog.runtimes('default', { pageSize: 1, pageToken: '' }),
      leases: () => sessions.leases('session'),
      attach: () => sessions.attach('session', 'stream', 1_000, true),
      claim: () => driver.claim(run),
      settle: async () => {
        const result = await driver.settle(run, [executed(held!, [{}])]);
        if (result.kind === 'failed') throw result.error;
      },
    };
    assert.deepEqual(await unexpected('STORAGE_UNAVAILABLE', calls), []);
    assert.equal(await storage.isHealthy(), false);
  } finally {
    await server.restart();
  }
});

test('when Redis is back, empty or not, everything goes on by itself', async () => {
  await eventually(() => storage.isHealthy());
  const driver = new SessionDriver(storage);
  await driver.attach();
  const run = newRun(graph);
  await beginRun(runs, { ...run, digest: '', inputsJson: '{}' });
  const [held] = await driver.claim(run);
  const end = await driver.settle(run, [executed(held!, [{}])]);
  assert.deepEqual(end, {
    kind: 'committed',
    hasEnded: true,
    isCancelling: false,
    readyNodes: [],
    handedOff: [],
  });
});

test('whichever connection was lost, its return is told', async () => {
  const own = await redis.client('ID');
  const ids = String(await redis.client('LIST'))
    .split('\n')
    .flatMap((line) => /^id=(\d+) /.exec(line)?.[1] ?? [])
    .filter((id) => id !== String(own));
  assert.equal(ids.length, 3);
  let returns = 0;
  storage.notices.onReconnected(() => {
    returns++;
  });
  for (const [before, id] of ids.entries()) {
    await redis.call('CLIENT', 'KILL', 'ID', id);
    await eventually(() => returns === before + 1);
  }
  await eventually(() => storage.isHealthy());
});

test('connections that the network has forgotten are given up, and others go on within five seconds', async (t) => {
  const own = await startTestRedis();
  const proxy = await startTcpProxy(new URL(own.url).host);
  const options = { keyPrefix: 'silent', shards: 1, log: quietLog };
  const behind = await openStorage({ url: `redis://${proxy.address}`, ...options });
  t.after(async () => {
    behind.close();
    await proxy.stop();
    await own.stop();
  });
  const heard: string[] = [];
  behind.notices.onEnd((runId) => heard.push(runId));
  assert.equal(await behind.isHealthy(), true);
  proxy.forget();
  const forgottenAt = performance.now();
  await eventually(() => behind.isHealthy(), { intervalMs: 250, timeoutMs: 20_000 });
  const tookMs = performance.now() - forgottenAt;
  assert.ok(tookMs < 5_000, `${tookMs} ms`);
  // The one that listens as well.
  const publisher = new Redis(own.url);
  await publisher.publish(new Keys('silent', 1).endChannel(), 'run');
  await eventually(() => heard.length === 1);
  publisher.disconnect();
});
