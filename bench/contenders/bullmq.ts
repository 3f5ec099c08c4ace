/** BullMQ: one Redis, one process of workers. */
import { startRedis } from '../../services/state-manager/processes/start-redis.ts';
import { CommandedProcess } from '../harness/commands.ts';
import type { Contender, ContenderKind } from './contender.ts';
import { startPeer, versionOf } from './peer-folder.ts';

/** Jobs that a worker processes at once: its guide names 100 to 300 where jobs wait for others. */
const concurrency = 100;

async function start(folder: string): Promise<Contender> {
  const redis = await startRedis({ folder, appendOnly: true });
  const worker = await startPeer('worker of BullMQ', 'bullmq/worker.mjs', [redis.port, concurrency]);
  await worker.waitForLine((line) => line === 'ready' || undefined);
  const client = await CommandedProcess.over(
    await startPeer('client of BullMQ', 'bullmq/client.mjs', [redis.port]),
  );
  const parts = { redis: redis.process.pid, runtime: worker.pid, client: client.process.pid };
  return { name: 'bullmq', client, parts };
}

export const bullmq = (): ContenderKind => ({
  name: 'bullmq',
  description: `BullMQ ${versionOf('bullmq')}: concurrency ${concurrency}, fan-out by flows, chains by adding in the processor, addBulk, keeps 1,000 finished jobs`,
  start,
});
