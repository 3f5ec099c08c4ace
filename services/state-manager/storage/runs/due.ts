import type { Redis } from 'ioredis';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { CancelJob } from '../../engine/ports/control.ts';
import type { Due, DueKind, DueState, FirstInstants } from '../../engine/ports/due.ts';
import type { Lease } from '../../engine/ports/sessions.ts';
import type { RankedPlace } from '../../engine/ports/settling.ts';
import { runCommands } from '../connection/commands.ts';
import { readTime } from '../connection/read-time.ts';
import { isWrongData } from '../connection/redis.ts';
import { runScript, runScripts, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { jobMember, readJob } from '../layout/marks.ts';
import { readReadyPlaces } from '../layout/ready-places.ts';
import { dueMember } from '../layout/run-fields.ts';
import { readScopeId, scopeId } from '../layout/scope-record.ts';

/** Keys of the sorted sets of a shard, by what waits in them. */
const keyOf: Readonly<Record<DueKind, (keys: Keys, shard: number) => string>> = {
  due: (keys, shard) => keys.due(shard),
  timedOut: (keys, shard) => keys.timeouts(shard),
  dueTimers: (keys, shard) => keys.timers(shard),
  pastDeadlines: (keys, shard) => keys.deadlines(shard),
  retiring: (keys, shard) => keys.retiring(shard),
  expanding: (keys, shard) => keys.expanding(shard),
  cancelling: (keys, shard) => keys.cancelling(shard),
  suspects: (keys, shard) => keys.suspects(shard),
  expired: (keys, shard) => keys.sessions(shard),
  recordedEnds: (keys, shard) => keys.ends(shard),
  runJobs: (keys, shard) => keys.dueRunJobs(shard),
};
const dueKinds = Object.keys(keyOf) as DueKind[];

/** Milliseconds for which a state manager looks after a shard unless it asks again: one that is killed leaves it so long. */
const upkeepMs = 3_000;

/** Sorted sets of a shard: due states, timers of scopes, deadlines, unfinished fan-outs and cancellations. */
export class RedisDue implements Due {
  readonly shards: number;
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.shards = keys.shards;
    this.#redis = redis;
    this.#keys = keys;
  }

  shardOf(runId: string): number {
    return this.#keys.shardOf(runId);
  }

  async firstInstants(
    shards: readonly number[],
    stateManagerId: string,
  ): Promise<(FirstInstants | undefined)[]> {
    const script = scriptNamed('first_instants');
    const calls = shards.map((shard) => {
      const moreKeys = dueKinds.map((kind) => keyOf[kind](this.#keys, shard));
      const args = { state_manager: stateManagerId, upkeep_ms: upkeepMs };
      return { script, keys: { upkeep: this.#keys.upkeep(shard) }, args, moreKeys };
    });
    return (await runScripts(this.#redis, calls)).map((reply) => {
      if (reply instanceof Error && !isWrongData(reply)) throw reply;
      if (reply instanceof Error) return undefined;
      const [now, keptMs, ...scores] = reply as [number, number, ...string[]];
      const at = dueKinds.map((kind, i) => [kind, scores[i] ? Number(scores[i]) : undefined] as const);
      return { now, keptMs, at: Object.fromEntries(at) as FirstInstants['at'] };
    });
  }

  async expanding(
    shard: number,
    idleMs: number,
    atMost: number,
  ): Promise<{ runId: string; state: number }[]> {
    const key = this.#keys.expanding(shard);
    const before = (await readTime(this.#redis, key)) - idleMs;
    const members = await this.#redis.zrangebyscore(key, '-inf', before, 'LIMIT', 0, atMost);
    return members.map((member) => {
      const [runId = '', state] = member.split(':');
      return { runId, state: Number(state) };
    });
  }

  async dueTimers(shard: number, atMost: number): Promise<{ runId: string; scope: ScopeAddress }[]> {
    const key = this.#keys.timers(shard);
    const now = await readTime(this.#redis, key);
    const members = await this.#redis.zrangebyscore(key, '-inf', now, 'LIMIT', 0, atMost);
    return members.map((member) => {
      const [runId = '', scope = ''] = member.split(':');
      return { runId, scope: readScopeId(scope) };
    });
  }

  async dropTimers(runId: string, scopes: readonly ScopeAddress[]): Promise<void> {
    const key = this.#keys.timers(this.#keys.shardOf(runId));
    await this.#redis.zrem(key, ...scopes.map((scope) => `${runId}:${scopeId(scope)}`));
  }

  async cancelling(shard: number, idleMs: number, atMost: number): Promise<CancelJob[]> {
    const reply = await runScript(this.#redis, {
      script: scriptNamed('cancelling'),
      keys: { cancelling: this.#keys.cancelling(shard) },
      args: { idle: idleMs, at_most: atMost },
    });
    const [takenAt, ...members] = reply as [number, ...string[]];
    return members.map((member) => readJob(member, takenAt));
  }

  async cancellingCount(): Promise<number> {
    const counts = await runCommands(
      this.#redis,
      Array.from({ length: this.shards }, (_, shard) => ['zcard', this.#keys.cancelling(shard)]),
    );
    return counts.reduce<number>((sum, count) => sum + Number(count), 0);
  }

  async dropJob(job: CancelJob): Promise<void> {
    await this.#redis.zrem(this.#keys.cancelling(this.#keys.shardOf(job.runId)), jobMember(job));
  }

  async pastDeadlines(shard: number, atMost: number): Promise<string[]> {
    const key = this.#keys.deadlines(shard);
    const now = await readTime(this.#redis, key);
    return this.#redis.zrangebyscore(key, '-inf', now, 'LIMIT', 0, atMost);
  }

  async isOverdue(runId: string): Promise<boolean> {
    const reply = await runScript(this.#redis, {
      script: scriptNamed('overdue'),
      keys: { run: this.#keys.run(runId), deadlines: this.#keys.deadlines(this.#keys.shardOf(runId)) },
      args: { run_id: runId },
    });
    return reply === 'OVERDUE';
  }

  async retiring(shard: number, atMost: number): Promise<string[]> {
    const key = this.#keys.retiring(shard);
    const now = await readTime(this.#redis, key);
    return this.#redis.zrangebyscore(key, '-inf', now, 'LIMIT', 0, atMost);
  }

  due(shard: number, atMost: number): Promise<DueState[]> {
    return this.#statesIn(this.#keys.due(shard), atMost);
  }

  dropDue(states: readonly DueState[]): Promise<void> {
    return this.#drop(this.#keys.due, states);
  }

  suspects(shard: number, atMost: number): Promise<DueState[]> {
    return this.#statesIn(this.#keys.suspects(shard), atMost);
  }

  dropSuspects(states: readonly DueState[]): Promise<void> {
    return this.#drop(this.#keys.suspects, states);
  }

  /** States of a set of `<run>:<state>:<node>` whose instant has come. */
  async #statesIn(key: string, atMost: number): Promise<DueState[]> {
    const now = await readTime(this.#redis, key);
    const members = await this.#redis.zrangebyscore(key, '-inf', now, 'LIMIT', 0, atMost);
    return members.map((member) => {
      const [runId = '', state, node] = member.split(':');
      return { runId, state: Number(state), node: Number(node) };
    });
  }

  async #drop(keyOfShard: (shard: number) => string, states: readonly DueState[]): Promise<void> {
    const commands = states.map((state) => [
      'zrem',
      keyOfShard(this.#keys.shardOf(state.runId)),
      dueMember(state.runId, state),
    ]);
    await runCommands(this.#redis, commands);
  }

  async timedOut(shard: number, atMost: number): Promise<Lease[]> {
    const key = this.#keys.timeouts(shard);
    const now = await readTime(this.#redis, key);
    const members = await this.#redis.zrangebyscore(key, '-inf', now, 'LIMIT', 0, atMost);
    return members.map((member) => {
      const [runId = '', state, leaseToken = ''] = member.split(':');
      return { runId, state: Number(state), leaseToken };
    });
  }

  async readyPlaces(
    shard: number,
    nodes: readonly { namespace: string; nodeName: string }[],
    atMost: number,
  ): Promise<RankedPlace[][]> {
    const rows = await runCommands(
      this.#redis,
      nodes.map(({ namespace, nodeName }) => [
        'zrange',
        this.#keys.work(shard, namespace, nodeName),
        0,
        atMost - 1,
        'WITHSCORES',
      ]),
    );
    return (rows as string[][]).map(readReadyPlaces);
  }
}
