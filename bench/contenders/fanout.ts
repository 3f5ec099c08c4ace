/** Fanout: one Redis, state managers, and runtimes for each of them. */

import type { RunningProcess } from '../../scripts/processes.ts';
import { startRedis } from '../../services/state-manager/processes/start-redis.ts';
import { startBuilt, startBuiltStateManager } from '../harness/built.ts';
import { CommandedProcess } from '../harness/commands.ts';
import type { Contender } from './contender.ts';

/** Assignments that one runtime holds at once. */
export const concurrency = 2_000;

/** Settings that the figures hold for. */
export const fanoutDescription = `Fanout: 1 state manager, 1 runtime of concurrency ${concurrency}, 1 shard, graphs as the SDK makes them`;

/** A process of runtimes. */
export interface RuntimeProgram {
  readonly name: string;
  /** Starts it, with a name for people; it prints `ready` once it is connected. */
  start(address: string, name: string): Promise<RunningProcess>;
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

/** A built program of `bench/programs` that hosts nodes, called with an address and these. */
export function builtRuntime(name: string, file: string, ...flags: readonly string[]): RuntimeProgram {
  return {
    name,
    start: (address, shownName) => startBuilt(file, { name: shownName, arguments: [address, ...flags] }),
  };
}

/** Runtimes of the usual nodes, each with a connection of its own, in one process. */
export function usualRuntime(connections = 1): RuntimeProgram {
  return builtRuntime('runtime', 'runtime.js', String(concurrency), String(connections));
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
    for (const { name, start } of runtimes) {
      const runtime = await start(manager.address, `${name}${number}`);
      await runtime.waitForLine((line) => line === 'ready' || undefined);
      parts[`${name}${number}`] = runtime.pid;
    }
  }
  const process = await startBuilt(client, { name: 'client of Fanout', arguments: addresses });
  parts.client = process.pid;
  return { name: 'fanout', redisUrl: redis.url, client: await CommandedProcess.over(process), parts };
}
