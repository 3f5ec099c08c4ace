/** All that storage holds of one run, read at one instant. */
import type { ChainableCommander, Redis } from 'ioredis';
import type { Graph } from '../../services/state-manager/domain/graph.ts';
import { sessionOf } from '../../services/state-manager/domain/lease-token.ts';
import type { StateRecord } from '../../services/state-manager/domain/record.ts';
import { Keys } from '../../services/state-manager/storage/keys.ts';
import { decodeState } from '../../services/state-manager/storage/record-codec.ts';

export interface StoredLease {
  readonly sessionId: string;
  readonly state: number;
  readonly leaseToken: string;
}

export interface RunSnapshot {
  /** The run's hash. */
  readonly fields: ReadonlyMap<string, string>;
  /** Those of its fields that are records of states. */
  readonly states: ReadonlyMap<number, StateRecord>;
  /** Fields of the outputs' hash. */
  readonly outputs: ReadonlySet<string>;
  /** How many outputs are staged, by `<state>.<token>`. */
  readonly staged: ReadonlyMap<string, number>;
  readonly failures: ReadonlySet<string>;
  /** Bytes of the store's keys and values. */
  readonly storeBytes: number;
  /** By node template. */
  readonly ready: readonly (readonly number[])[];
  /** Whether the work set has the node's ready list, by node template. */
  readonly isInWork: readonly boolean[];
  /** Node template by state. */
  readonly due: ReadonlyMap<number, number>;
  /** `<state>:<token>` */
  readonly timeouts: ReadonlySet<string>;
  readonly expanding: ReadonlySet<number>;
  readonly leases: readonly StoredLease[];
}

/** Undefined: there is no such run. */
export async function readRunSnapshot(
  redis: Redis,
  keyPrefix: string,
  runId: string,
  graph: Graph,
): Promise<RunSnapshot | undefined> {
  const shards = Number((await redis.hget(new Keys(keyPrefix, 1).deployment(), 'shards')) ?? 1);
  const keys = new Keys(keyPrefix, shards);
  const sessions = new Set(await leaseHolders(redis, keys, keys.shardOf(runId)));
  for (;;) {
    const snapshot = await readOnce(redis, keys, runId, graph, [...sessions]);
    if (!snapshot) return undefined;
    // A lease may have gone to a session that nobody knew of before the look.
    const unknown = [...snapshot.states.values()]
      .filter(({ status }) => status === 'QUEUED')
      .map(({ leaseToken }) => sessionOf(leaseToken))
      .filter((sessionId) => !sessions.has(sessionId));
    if (unknown.length === 0) return snapshot;
    for (const sessionId of unknown) sessions.add(sessionId);
  }
}

async function leaseHolders(redis: Redis, keys: Keys, shard: number): Promise<string[]> {
  const prefix = keys.leases(shard, '');
  const found: string[] = [];
  let cursor = '0';
  do {
    const [next, names] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1_000);
    found.push(...names.map((name) => name.slice(prefix.length)));
    cursor = next;
  } while (cursor !== '0');
  return found;
}

async function readOnce(
  redis: Redis,
  keys: Keys,
  runId: string,
  { nodes }: Graph,
  sessions: readonly string[],
): Promise<RunSnapshot | undefined> {
  const shard = keys.shardOf(runId);
  const namespace = (await redis.hget(keys.run(runId), 'namespace')) ?? '';
  const staged = await redis.smembers(keys.wide(runId));
  const commands = redis.multi();
  commands.hgetall(keys.run(runId)).hkeys(keys.outputs(runId)).zrange(keys.failures(runId), 0, -1);
  commands.zrange(keys.due(shard), 0, -1).zrange(keys.timeouts(shard), 0, -1);
  commands.zrange(keys.expanding(shard), 0, -1).smembers(keys.wide(runId));
  commands.hgetall(keys.store(runId));
  for (const { index, nodeName } of nodes) {
    commands.lrange(keys.ready(runId, index), 0, -1);
    commands.zscore(keys.work(shard, namespace, nodeName), `${runId}:${index}`);
  }
  for (const sessionId of sessions) commands.hgetall(keys.leases(shard, sessionId));
  for (const entry of staged) {
    const dot = entry.indexOf('.');
    commands.hlen(keys.staged(runId, Number(entry.slice(0, dot)), entry.slice(dot + 1)));
  }
  const replies = await execute(commands);
  const next = <T>() => replies.shift() as T;

  const fields = new Map(Object.entries(next<Record<string, string>>()));
  if (fields.size === 0) return undefined;
  const states = new Map<number, StateRecord>();
  for (const [field, value] of fields) if (/^\d+$/.test(field)) states.set(Number(field), decodeState(value));
  for (const [state, record] of states) {
    if (!record.hasEmitted || record.origin !== state) continue;
    const total = Number(fields.get(`y${state}`));
    const fanOut = { total, firstChild: 0, isOpen: true, isStaged: false, isRouted: false };
    states.set(state, { ...record, fanOut });
  }
  const outputs = new Set(next<string[]>());
  const failures = new Set(next<string[]>());
  const ofRun = () =>
    next<string[]>()
      .filter((member) => member.startsWith(`${runId}:`))
      .map((member) => member.slice(runId.length + 1));
  const due = new Map(ofRun().map((member) => member.split(':').map(Number) as [number, number]));
  const timeouts = new Set(ofRun());
  const expanding = new Set(ofRun().map(Number));
  const committed = next<string[]>();
  const store = Object.entries(next<Record<string, string>>()).flat();
  const places = nodes.map(() => ({
    ready: next<string[]>().map(Number),
    isInWork: next<string | null>() !== null,
  }));
  const leases = sessions.flatMap((sessionId) =>
    Object.entries(next<Record<string, string>>())
      .filter(([member]) => member.startsWith(`${runId}:`))
      .map(([member, leaseToken]) => ({
        sessionId,
        state: Number(member.slice(runId.length + 1)),
        leaseToken,
      })),
  );
  // Beside the outputs there are two fields that say where they end, and their bytes.
  const lengths = new Map(staged.map((entry) => [entry, next<number>() - 2]));
  return {
    fields,
    states,
    outputs,
    staged: new Map(committed.flatMap((entry) => (lengths.has(entry) ? [[entry, lengths.get(entry)!]] : []))),
    failures,
    storeBytes: store.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
    ready: places.map(({ ready }) => ready),
    isInWork: places.map(({ isInWork }) => isInWork),
    due,
    timeouts,
    expanding,
    leases,
  };
}

async function execute(commands: ChainableCommander): Promise<unknown[]> {
  const replies = await commands.exec();
  return (replies ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  });
}
