/** Masters that are replaced, and slots that move, where Redis is several servers. */
import type { Fault } from './fault.ts';

/** A master is killed, a replica takes its place, and it comes back as a replica. Writes may be lost. */
const masterKilled: Fault = {
  name: 'master-killed',
  rows: 'F9 F25',
  victim: 'redis',
  on: ['sentinel', 'cluster'],
  async strike(world, random) {
    world.hasLostWrites = true;
    await world.redis.killMaster!((masters) => random.between(0, masters - 1));
    return 1;
  },
};

/** Another server becomes the master while the old one lives, which takes writes for a moment that nobody keeps. */
const failedOver: Fault = {
  name: 'failed-over',
  rows: 'F9 F25',
  victim: 'redis',
  on: ['sentinel'],
  async strike(world) {
    world.hasLostWrites = true;
    await world.redis.failOver!();
    return 1;
  },
};

/** Shards move to other masters in the middle of runs. */
const slotsMoved: Fault = {
  name: 'slots-moved',
  rows: 'F25',
  victim: 'redis',
  on: ['cluster'],
  async strike({ redis }, random) {
    const times = random.between(1, 4);
    for (let moved = 0; moved < times; moved++)
      await redis.moveShard!(random.between(0, redis.shards - 1), (masters) =>
        random.between(0, masters - 1),
      );
    return times;
  },
};

export const replicationFaults = [masterKilled, failedOver, slotsMoved];
