/** All that storage holds of one run, read at one instant. */
import type { ChainableCommander, Redis } from 'ioredis';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import { sessionOf } from '../../../services/state-manager/domain/run/lease-token.ts';
import type { ScopeRecord } from '../../../services/state-manager/domain/run/scope-record.ts';
import type { StateRecord } from '../../../services/state-manager/domain/run/state-record.ts';
import { Keys } from '../../../services/state-manager/storage/layout/keys.ts';
import { decodeScope } from '../../../services/state-manager/storage/layout/scope-record.ts';
import { decodeState } from '../../../services/state-manager/storage/layout/state-record.ts';

export interface StoredLease {
  readonly sessionId: string;
  readonly state: number;
  readonly leaseToken: string;
}

export interface StoredScope extends ScopeRecord {
  /** Branches that have succeeded since the last window. */
  readonly fresh: number;
  /** Flags that each branch has at its start. */
  readonly flags: number;
  /** The generation before which it has fired without the branches that have not ended. */
  readonly wholeSince: number;
}

export interface StoredBranch {
  readonly held: number;
  /** 1 delivered, 2 failed, 4 its scope gave up without it. */
  readonly flags: number;
  /** The generation that it counts in; 0: its scope has fired without it. */
  readonly generation: number;
}

export interface RunSnapshot {
  /** The run's hash. */
  readonly fields: ReadonlyMap<string, string>;
  /** Records of its states, by number. */
  readonly states: ReadonlyMap<number, StateRecord>;
  /** Scopes by `<unite>.<execution>`. */
  readonly scopes: ReadonlyMap<string, StoredScope>;
  /** Branches that have a field, by `<unite>.<execution>.<branch>`. */
  readonly branches: ReadonlyMap<string, StoredBranch>;
  /** Marks of what is to be cancelled, as they are stored. */
  readonly marks: ReadonlySet<string>;
  /** Pauses below works, as they are stored. */
  readonly pauses: ReadonlySet<string>;
  /** Routes of outputs that do not go to all next nodes, by `<state>.<output>`. */
  readonly routes: ReadonlyMap<string, string>;
  /** Fields of the outputs' hash. */
  readonly outputs: ReadonlySet<string>;
  /** Numbers of staged outputs, by `<state>.<token>`. */
  readonly staged: ReadonlyMap<string, number>;
  readonly failures: ReadonlySet<string>;
  /** `<scope>:<window>:<branch>`, numbers with ten digits. */
  readonly windows: ReadonlySet<string>;
  /** Scores of the states that are listed by their status, by number. */
  readonly failedStates: ReadonlyMap<string, number>;
  /** Scores of the slowest states, by number. */
  readonly slowest: ReadonlyMap<string, number>;
  /** Cancellations in steps that are due. */
  readonly jobs: ReadonlySet<string>;
  /** Scopes that a time decides. */
  readonly timers: ReadonlySet<string>;
  /** Bytes of the store's keys and values. */
  readonly storeBytes: number;
  /** Ready states by node template. */
  readonly ready: readonly (readonly number[])[];
  /** Held by a pause below a state, by node template. */
  readonly parked: readonly (readonly number[])[];
  /** True if the work set has the node's ready list, by node template. */
  readonly isInWork: readonly boolean[];
  /** Node template by state. */
  readonly due: ReadonlyMap<number, number>;
  /** Suspects that wait, by state: their node template. */
  readonly suspects: ReadonlyMap<number, number>;
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
  shards?: number,
): Promise<RunSnapshot | undefined> {
  const readShards = async () => (await redis.hget(new Keys(keyPrefix, 1).deployment(), 'shards')) ?? 1;
  const keys = new Keys(keyPrefix, shards ?? Number(await readShards()));
  const sessions = new Set(await leaseHolders(redis, keys, keys.shardOf(runId)));
  for (;;) {
    const snapshot = await readOnce(redis, keys, runId, graph, [...sessions]);
    if (!snapshot) return undefined;
    // A lease may have gone to a session that was not known before the look.
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
  const early = await execute(redis.pipeline().hget(keys.run(runId), 'namespace').smembers(keys.wide(runId)));
  const [namespace, staged] = early as [string, string[]];
  const commands = redis.multi();
  commands.hgetall(keys.run(runId)).hgetall(keys.outputs(runId)).zrange(keys.failures(runId), 0, -1);
  commands.zrange(keys.windows(runId), 0, -1);
  commands.zrange(keys.failedStates(runId), 0, -1, 'WITHSCORES');
  commands.zrange(keys.slowest(runId), 0, -1, 'WITHSCORES');
  commands.zrange(keys.cancelling(shard), 0, -1).zrange(keys.timers(shard), 0, -1);
  commands.zrange(keys.due(shard), 0, -1).zrange(keys.suspects(shard), 0, -1);
  commands.zrange(keys.timeouts(shard), 0, -1);
  commands.zrange(keys.expanding(shard), 0, -1).smembers(keys.wide(runId));
  commands.hgetall(keys.store(runId));
  for (const { index, nodeName } of nodes) {
    commands.lrange(keys.ready(runId, index), 0, -1);
    commands.lrange(keys.parked(runId, index), 0, -1);
    commands.zscore(keys.work(shard, namespace, nodeName), `${runId}:${index}`);
  }
  for (const sessionId of sessions) commands.hgetall(keys.leases(shard, sessionId));
  for (const entry of staged) {
    const dot = entry.indexOf('.');
    const place = [runId, Number(entry.slice(0, dot)), entry.slice(dot + 1)] as const;
    commands.hlen(keys.staged(...place)).hgetall(keys.stagedRoutes(...place));
  }
  const replies = await execute(commands);
  const next = <T>() => replies.shift() as T;

  const fields = new Map(Object.entries(next<Record<string, string>>()));
  if (fields.size === 0) return undefined;
  const states = new Map<number, StateRecord>();
  for (const [field, value] of fields) if (/^\d+$/.test(field)) states.set(Number(field), decodeState(value));
  for (const [state, record] of states) {
    if (!record.hasEmitted || record.work !== state) continue;
    const total = Number(fields.get(`y${state}`));
    const fanOut = { total, firstChild: 0, isOpen: true, isStaged: false, isRouted: false };
    states.set(state, { ...record, fanOut });
  }
  const outputs = next<Record<string, string>>();
  const failures = new Set(next<string[]>());
  const windows = new Set(next<string[]>());
  const failedStates = scoresOf(next<string[]>());
  const slowest = scoresOf(next<string[]>());
  const ofRun = () =>
    next<string[]>()
      .filter((member) => member.startsWith(`${runId}:`))
      .map((member) => member.slice(runId.length + 1));
  const jobs = new Set(ofRun());
  const timers = new Set(ofRun());
  const nodesByState = () =>
    new Map(ofRun().map((member) => member.split(':').map(Number) as [number, number]));
  const due = nodesByState();
  const suspects = nodesByState();
  const timeouts = new Set(ofRun());
  const expanding = new Set(ofRun().map(Number));
  const committed = next<string[]>();
  const store = Object.entries(next<Record<string, string>>()).flat();
  const places = nodes.map(() => ({
    ready: next<string[]>().map(Number),
    parked: next<string[]>().map(Number),
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
  const lengths = new Map<string, number>();
  const routes = new Map(
    Object.entries(outputs).flatMap(([name, route]) =>
      name.startsWith('r') ? [[name.slice(1), route]] : [],
    ),
  );
  for (const entry of staged) {
    lengths.set(entry, next<number>() - 2);
    const state = entry.slice(0, entry.indexOf('.'));
    for (const [output, route] of Object.entries(next<Record<string, string>>()))
      routes.set(`${state}.${output}`, route);
  }
  return {
    fields,
    states,
    ...readScopes(fields),
    marks: namesIn(fields.get('marks')),
    pauses: namesIn(fields.get('pauses')),
    routes,
    outputs: new Set(Object.keys(outputs)),
    staged: new Map(committed.flatMap((entry) => (lengths.has(entry) ? [[entry, lengths.get(entry)!]] : []))),
    failures,
    windows,
    failedStates,
    slowest,
    jobs,
    timers,
    storeBytes: store.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
    ready: places.map(({ ready }) => ready),
    parked: places.map(({ parked }) => parked),
    isInWork: places.map(({ isInWork }) => isInWork),
    due,
    suspects,
    timeouts,
    expanding,
    leases,
  };
}

function readScopes(fields: ReadonlyMap<string, string>): Pick<RunSnapshot, 'scopes' | 'branches'> {
  const scopes = new Map<string, StoredScope>();
  const branches = new Map<string, StoredBranch>();
  for (const [field, value] of fields) {
    const [, kind, id = ''] = /^([ub])(\d[\d.]*)$/.exec(field) ?? [];
    if (kind === 'u') {
      const [unite, execution] = id.split('.').map(Number) as [number, number];
      const parts = value.split('|');
      const record = decodeScope(unite, execution, value);
      scopes.set(id, {
        ...record,
        fresh: Number(parts[12]),
        flags: Number(parts[16]),
        wholeSince: Number(parts[11]),
      });
    }
    if (kind === 'b') {
      const [held = 0, flags = 0, generation = 1] = value.split(',').map(Number);
      branches.set(id, { held, flags, generation });
    }
  }
  return { scopes, branches };
}

function namesIn(text = ''): Set<string> {
  return new Set(text.split(',').filter((name) => name !== ''));
}

/** Scores by member. */
function scoresOf(reply: readonly string[]): Map<string, number> {
  return new Map(
    Array.from({ length: reply.length / 2 }, (_, i) => [reply[2 * i]!, Number(reply[2 * i + 1])]),
  );
}

async function execute(commands: ChainableCommander): Promise<unknown[]> {
  const replies = await commands.exec();
  return (replies ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  });
}
