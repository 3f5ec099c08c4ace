/** Replicas, and how far they are behind their master. */
import type { Redis } from 'ioredis';
import { eventually } from './eventually.ts';

/** Waits until so many replicas have all that their master has now; whatever it is given meanwhile is not waited for. */
export async function haveCaughtUp(master: Redis, replicas: number): Promise<void> {
  const sent = offsetOf(await master.info('replication'));
  await eventually(
    async () => {
      const info = await master.info('replication');
      const had = [...info.matchAll(/^slave\d+:.*state=online.*offset=(\d+)/gm)].map(([, offset]) =>
        Number(offset),
      );
      return had.filter((offset) => offset >= sent).length >= replicas;
    },
    { timeoutMs: 30_000 },
  );
}

function offsetOf(info: string): number {
  return Number(/^master_repl_offset:(\d+)/m.exec(info)?.[1]);
}
