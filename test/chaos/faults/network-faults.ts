/** Networks that are slow, lose bytes, or end. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Direction, TcpProxy } from '../../support/tcp-proxy.ts';
import type { RedisKind } from '../chaos-redis.ts';
import type { Random } from '../random.ts';
import { leaseMs, type World } from '../world.ts';
import type { Fault, Victim } from './fault.ts';

/** A kind of network: the ways of one runtime to the state managers, or of one state manager to Redis. */
interface Network {
  readonly name: string;
  readonly victim: Victim;
  readonly rows: string;
  readonly on?: readonly RedisKind[];
  pick(world: World, random: Random): readonly TcpProxy[];
}

const runtimeNetwork: Network = {
  name: 'runtime',
  victim: 'links',
  rows: 'F3 F4',
  pick({ runtimes }, random) {
    // One that is being replaced has no network yet.
    const connected = runtimes.filter(({ links }) => links.some(({ isUsed }) => isUsed));
    return random.pick(connected.length > 0 ? connected : runtimes).links;
  },
};

const redisNetwork: Network = {
  name: 'redis',
  victim: 'redis-links',
  rows: 'F8',
  on: ['single'],
  pick: ({ managers }, random) => [random.pick(managers).toRedis!],
};

function sum(proxies: readonly TcpProxy[], of: (proxy: TcpProxy) => number): number {
  return proxies.reduce((total, proxy) => total + of(proxy), 0);
}

/** A fault that does something to a network for some time; it has hit if one of the counters has moved. */
function during(
  network: Network,
  name: string,
  rows: string,
  {
    ms,
    begin,
    count,
  }: {
    readonly ms: readonly [least: number, most: number];
    readonly begin: (proxy: TcpProxy, random: Random) => void;
    readonly count: (proxy: TcpProxy) => number;
  },
): Fault {
  return {
    name: `${network.name}-${name}`,
    rows,
    victim: network.victim,
    ...(network.on && { on: network.on }),
    async strike(world, random) {
      const proxies = network.pick(world, random);
      const before = sum(proxies, count);
      for (const proxy of proxies) begin(proxy, random);
      await delay(random.between(...ms));
      for (const proxy of proxies) proxy.heal();
      return sum(proxies, count) > before ? 1 : 0;
    },
  };
}

const swallowed = (proxy: TcpProxy): number => proxy.swallowed;
const held = (proxy: TcpProxy): number => proxy.held;
const swallows = (direction: Direction) => (proxy: TcpProxy) => proxy.swallow(direction);
const longerThanLease = [leaseMs + 500, leaseMs + 2_000] as const;

function faultsOf(network: Network): Fault[] {
  return [
    during(network, 'partitioned', network.rows, {
      ms: longerThanLease,
      begin: swallows('both'),
      count: swallowed,
    }),
    during(network, 'answers-lost', network.rows, {
      ms: [300, 1_500],
      begin: swallows('down'),
      count: swallowed,
    }),
    during(network, 'requests-lost', network.rows, {
      ms: [300, 1_500],
      begin: swallows('up'),
      count: swallowed,
    }),
    during(network, 'half-open', `${network.rows} F23`, {
      ms: [4_000, 6_000],
      begin: (proxy) => proxy.forget(),
      count: swallowed,
    }),
    during(network, 'delayed', network.rows, {
      ms: [1_000, 3_000],
      begin: (proxy, random) => proxy.delay(random.between(20, 300)),
      count: held,
    }),
    during(network, 'throttled', network.rows, {
      ms: [1_000, 3_000],
      begin: (proxy, random) => proxy.throttle(random.between(20_000, 200_000)),
      count: held,
    }),
    during(network, 'reset', network.rows, {
      ms: [0, 100],
      begin: (proxy) => proxy.reset(),
      count: (proxy) => proxy.resets,
    }),
  ];
}

export const networkFaults = [...faultsOf(runtimeNetwork), ...faultsOf(redisNetwork)];
