/** Starts of the state manager alone, without a system around it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { type RunningProcess, startProgram } from '../../../scripts/processes.ts';
import { startTestRedis } from '../../support/redis.ts';

const start = (redisUrl: string): Promise<RunningProcess> =>
  startProgram('services/state-manager/main.ts', {
    name: 'state manager',
    env: { FANOUT_LISTEN: '127.0.0.1:0', FANOUT_REDIS_URL: redisUrl, FANOUT_LOG_LEVEL: 'error' },
  });

test('a Redis that wants a password is one to give the password to, not one to start', async () => {
  const guarded = await startTestRedis();
  const redis = new Redis(guarded.url);
  await redis.config('SET', 'requirepass', 'canary');
  redis.disconnect();
  const stateManager = await start(guarded.url);
  const { code } = await stateManager.exited;
  await guarded.stop();
  assert.equal(code, 1);
  assert.deepEqual(stateManager.lines, [
    `fanout: Redis at ${guarded.url} does not let us in: NOAUTH Authentication required. ` +
      'Set FANOUT_REDIS_URL with the user and the password, as redis://USER:PASSWORD@HOST:PORT',
  ]);
});

test('a state manager that is told to stop while it waits for Redis stops, and this is no failure', async () => {
  // It takes connections, and answers nothing.
  const silent = createServer();
  const connected = once(silent, 'connection');
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve);
  });
  const { port } = silent.address() as AddressInfo;
  const stateManager = await start(`redis://127.0.0.1:${port}`);
  const [socket] = (await connected) as [Socket];
  const exited = stateManager.kill('SIGTERM');
  socket.destroy();
  silent.close();
  assert.deepEqual(await exited, { code: 0, signal: null });
  assert.deepEqual(stateManager.lines, []);
});
