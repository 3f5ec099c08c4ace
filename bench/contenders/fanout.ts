/** Fanout: one Redis, state managers, and runtimes for each of them. */
import { startRedis } from '../../services/state-manager/processes/start-redis.ts';
import { startBuilt, startBuiltStateManager } from '../harness/built.ts';
import { CommandedProcess } from '../harness/commands.ts';
import type { Contender } from './contender.ts';

/** Assignments that one runtime holds at once. */
const concurrency = 2_000;

/** Settings that the figures hold for. */
export const fanoutDescription = `Fanout: 1 state manager, 1 runtime of concurrency ${concurrency}, 1 shard, graphs as the SDK makes them`;

/** A process of runtimes: a program of `bench/programs`, called with an address and these. */
export interface RuntimeProgram {
  readonly name: string;
  readonly file: string;
  readonly flags: readonly string[];
}

export interface FanoutOptions {
  readonly folder: string;
  readonly stateManagers?: number;
  readonly shards?: number;
  readonly runtimes?: readonly RuntimeProgram[];
  /** The program of the client. */
  readonly client?: string;
}

export interface FanoutSystem extends Contender {
  readonly redisUrl: string;
}

/** Runtimes of the usual nodes, each with a connection of its own, in one process. */
export function usualRuntime(connections = 1): RuntimeProgram {
  return { name: 'runtime', file: 'runtime.js', flags: [String(concurrency), String(connections)] };
}

/** Starts a system and waits until it is connected. */
export async function startFanout(options: FanoutOptions): Promise<FanoutSystem> {
  const {
    folder,
    stateManagers = 1,
    shards = 1,
    runtimes = [usualRuntime()],
    client = 'client.js',
  } = options;
  const redis = await startRedis({ folder, appendOnly: true });
  const parts: Record<string, number> = { redis: redis.process.pid };
  const addresses: string[] = [];
  for (let i = 1; i <= stateManagers; i++) {
    const number = stateManagers > 1 ? `_${i}` : '';
    const manager = await startBuiltStateManager(redis.url, { FANOUT_SHARDS: String(shards) });
    addresses.push(manager.address);
    parts[`state_manager${number}`] = manager.process.pid;
    for (const { name, file, flags } of runtimes) {
      const runtime = await startBuilt(file, {
        name: `${name}${number}`,
        arguments: [manager.address, ...flags],
      });
      await runtime.waitForLine((line) => line === 'ready' || undefined);
      parts[`${name}${number}`] = runtime.pid;
    }
  }
  const process = await startBuilt(client, { name: 'client of Fanout', arguments: addresses });
  parts.client = process.pid;
  return { name: 'fanout', redisUrl: redis.url, client: await CommandedProcess.over(process), parts };
}
