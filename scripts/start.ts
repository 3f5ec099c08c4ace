/** `npm start`: a state manager in the foreground, with a Redis of its own unless FANOUT_REDIS_URL names one. */
import { join } from 'node:path';
import { root, startProgram, stopProcesses, stopProcessesOnExit } from './processes.ts';
import { startRedis } from './redis.ts';

/** Fixed, so that two of us never share a folder, and for redis-cli. */
const redisPort = 7601;

async function provideRedis(): Promise<string> {
  const { FANOUT_REDIS_URL } = process.env;
  if (FANOUT_REDIS_URL) return FANOUT_REDIS_URL;
  const redis = await startRedis({ folder: join(root, '.fanout/redis'), appendOnly: true, port: redisPort });
  console.log(`Redis ${redis.url}, its files are in .fanout/redis`);
  void redis.process.exited.then(() => stopProcesses());
  return redis.url;
}

stopProcessesOnExit();
const stateManager = await startProgram('services/state-manager/main.ts', {
  name: 'state manager',
  env: { FANOUT_REDIS_URL: await provideRedis() },
  output: 'inherit',
});
const { code } = await stateManager.exited;
await stopProcesses();
process.exitCode = code ?? 1;
