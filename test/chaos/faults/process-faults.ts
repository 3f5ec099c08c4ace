/** Processes that are killed, stopped, or told to end. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import type { OneRedis } from '../chaos-redis.ts';
import { leaseMs } from '../world.ts';
import type { Fault } from './fault.ts';

/** Redis is back within this, milliseconds. */
const mostAwayMs = 1_000;
const restartMs = 30_000;

/** True if a process stands still, by what the kernel says. */
function isStopped(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
}

/** Stops a process for a while. @returns 1: it stood still */
async function pauseProcess(pid: number, ms: number): Promise<number> {
  process.kill(pid, 'SIGSTOP');
  await delay(ms);
  const hits = isStopped(pid) ? 1 : 0;
  process.kill(pid, 'SIGCONT');
  return hits;
}

async function redisPid({ commands }: OneRedis): Promise<number> {
  return Number(/^process_id:(\d+)/m.exec(await commands.info('server'))?.[1]);
}

/** A runtime is killed while it executes; another process takes its place. */
const runtimeKilled: Fault = {
  name: 'runtime-killed',
  rows: 'F1',
  victim: 'runtimes',
  async strike({ runtimes }, random) {
    const { process } = random.pick(runtimes);
    const { signal } = await process.kill();
    return signal === 'SIGKILL' ? 1 : 0;
  },
};

/** A runtime stands still for longer than a lease, and then reports on what others have executed. */
const runtimeStopped: Fault = {
  name: 'runtime-stopped',
  rows: 'F2 F5',
  victim: 'runtimes',
  strike: ({ runtimes }, random) =>
    pauseProcess(random.pick(runtimes).process.pid, leaseMs + random.between(500, 2_000)),
};

/** A state manager is killed; another one takes its place after a moment. */
const managerKilled: Fault = {
  name: 'state-manager-killed',
  rows: 'F6 F7',
  victim: 'managers',
  async strike({ managers, noteEnd }, random) {
    const place = random.pick(managers);
    noteEnd(place);
    const { signal } = await place.manager.kill();
    await delay(random.between(0, 1_500));
    await place.start();
    return signal === 'SIGKILL' ? 1 : 0;
  },
};

/** A state manager stands still for longer than a lease. */
const managerStopped: Fault = {
  name: 'state-manager-stopped',
  rows: 'F2 F7',
  victim: 'managers',
  strike: ({ managers }, random) =>
    pauseProcess(random.pick(managers).manager.pid, leaseMs + random.between(500, 2_000)),
};

/** State managers are told to end, one after the other, and replaced. */
const rollingRestart: Fault = {
  name: 'rolling-restart',
  rows: 'F17',
  victim: 'managers',
  async strike({ managers, noteEnd }) {
    let ended = 0;
    for (const place of managers) {
      const { code } = await place.manager.stop();
      noteEnd(place);
      if (code === 0) ended++;
      await place.start();
    }
    return ended;
  },
};

/** Redis is killed, and started again with its append-only file. */
const redisKilled: Fault = {
  name: 'redis-killed',
  rows: 'F8',
  victim: 'redis',
  on: ['single'],
  async strike({ one: { server, commands } }, random) {
    const runId = /^run_id:(\w+)/m.exec(await commands.info('server'))?.[1];
    await server.kill();
    await delay(random.between(0, mostAwayMs));
    await server.restart();
    const info = await eventually(() => commands.info('server'), { timeoutMs: restartMs });
    return /^run_id:(\w+)/m.exec(info)?.[1] === runId ? 0 : 1;
  },
};

/** Redis is killed, and what it has acknowledged last is gone, as after a failover or a power cut. */
const redisForgot: Fault = {
  name: 'redis-lost-writes',
  rows: 'F9',
  victim: 'redis',
  on: ['single'],
  async strike(world, random) {
    const { server, commands } = world.one;
    const kept = server.fileEnd();
    await delay(random.between(200, 1_000));
    const lostBytes = server.fileEnd().bytes - kept.bytes;
    world.hasLostWrites = true;
    await server.kill();
    await server.restart(kept);
    await eventually(() => commands.ping(), { timeoutMs: restartMs });
    return lostBytes > 0 ? 1 : 0;
  },
};

/** Redis stands still. */
const redisStopped: Fault = {
  name: 'redis-stopped',
  rows: 'F8',
  victim: 'redis',
  on: ['single'],
  async strike({ one }, random) {
    return pauseProcess(await redisPid(one), random.between(1_000, 3_500));
  },
};

export const processFaults = [
  runtimeKilled,
  runtimeStopped,
  managerKilled,
  managerStopped,
  rollingRestart,
  redisKilled,
  redisForgot,
  redisStopped,
];
