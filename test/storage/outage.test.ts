import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { ErrorReason } from '../../services/state-manager/errors.ts';
import { FanoutError } from '../../services/state-manager/errors.ts';
import { eventually } from '../support/eventually.ts';
import { chain } from '../support/graphs.ts';
import { beginRun } from './begin-run.ts';
import { compile, newRun, startStorage } from './fixture.ts';
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

test('while Redis is away every call says so', async () => {
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
      runtimes: () => catalog.runtimes('default'),
      leases: () => sessions.leases('session'),
      attach: () => sessions.attach('session', 'stream', 1_000, true),
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
