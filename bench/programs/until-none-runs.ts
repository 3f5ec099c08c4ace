import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@fanout/runtime';

const pollMs = 10;

/** Waits until no run of a graph goes on, by asking again and again. */
export async function untilNoneRuns(client: Client, graphName: string): Promise<void> {
  for (;;) {
    const { done } = await client.list({ graphName, status: 'RUNNING' }).next();
    if (done) return;
    await delay(pollMs);
  }
}
