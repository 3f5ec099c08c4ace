/** The effects of triggers, and how tests let time pass for them: slots lie in the past as after a downtime. */
import type { ListRunsResponse__Output } from '@fanout/proto';
import { Redis } from 'ioredis';
import { Keys } from '../../services/state-manager/storage/layout/keys.ts';
import type { RawClient } from './raw/raw-client.ts';

const keys = new Keys('fanout', 1);

export interface TriggeredRun {
  readonly runId: string;
  /** `RUNNING`, `SUCCESS` … */
  readonly status: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export class TriggerProbe {
  readonly redis: Redis;

  /** Works on a deployment with one shard. */
  constructor(url: string) {
    this.redis = new Redis(url);
  }

  /** Lets the schedules of a graph stand at a slot in the past, as if no state manager had looked since. */
  async rewind(graphName: string, slotAt: number): Promise<void> {
    const members = await this.redis.zrange(keys.schedules(), 0, -1);
    const own = members.filter((member) => member.startsWith(`default:${graphName}:`));
    if (own.length === 0) throw new Error(`graph ${graphName} has no schedule`);
    await this.redis.zadd(keys.schedules(), ...own.flatMap((member) => [slotAt, member]));
  }

  /** The same for schedules that are paused: slots have come meanwhile. */
  async rewindPaused(graphName: string, slotAt: number): Promise<void> {
    const members = await this.redis.hkeys(keys.paused());
    const own = members.filter((member) => member.startsWith(`default:${graphName}:`));
    if (own.length === 0) throw new Error(`graph ${graphName} has no paused schedule`);
    for (const member of own) {
      const [since] = (await this.redis.hget(keys.paused(), member))!.split(':');
      await this.redis.hset(keys.paused(), member, `${since}:${slotAt}`);
    }
  }

  /** The next slots of a graph, epoch milliseconds. */
  async nextSlots(graphName: string): Promise<number[]> {
    const flat = await this.redis.zrange(keys.schedules(), 0, -1, 'WITHSCORES');
    return flat.flatMap((member, i) =>
      member.startsWith(`default:${graphName}:`) ? [Number(flat[i + 1])] : [],
    );
  }

  /** The number of slots that are recorded and not done with. */
  recordedSlots(): Promise<number> {
    return this.redis.zcard(keys.slots());
  }

  /** The number of ends that are recorded and not done with. */
  recordedEnds(): Promise<number> {
    return this.redis.zcard(keys.ends(0));
  }

  /** Every run of a graph, the oldest first. */
  async runs(client: RawClient, graphName: string): Promise<TriggeredRun[]> {
    const found: TriggeredRun[] = [];
    let pageToken = '';
    do {
      const request = { graphName, pageSize: 1_000, pageToken };
      const page = await client.call<ListRunsResponse__Output>((...more) =>
        client.runs.listRuns(request, ...more),
      );
      for (const { runId = '', status = '' } of page.runs ?? []) {
        const inputs = JSON.parse((await this.redis.hget(keys.outputs(runId), 't')) ?? 'null');
        found.unshift({ runId, status: status.replace('RUN_STATUS_', ''), inputs });
      }
      pageToken = page.nextPageToken ?? '';
    } while (pageToken !== '');
    return found;
  }

  stop(): void {
    this.redis.disconnect();
  }
}
