import type { Redis } from 'ioredis';
import type { Failure, Page, RunStatus, RunSummary } from '../domain/model.ts';
import type { Plan } from '../domain/plan.ts';
import type { ScopeRecord, StateRecord } from '../domain/record.ts';
import type {
  BranchEnd,
  Claim,
  ClaimResult,
  DueState,
  Lease,
  LoadedRun,
  NewRun,
  OutputAddress,
  Place,
  RunHeader,
  RunStorage,
  RunView,
  ScopeAddress,
  Settlement,
  SettleResult,
} from '../engine/ports.ts';
import { FanoutError } from '../errors.ts';
import { claimCall, readClaim } from './claim.ts';
import type { Keys } from './keys.ts';
import { decodeScope, decodeState, encodeOrigins, scopeId, statusLetters } from './record-codec.ts';
import { runScript, runScripts, type ScriptCall, scriptNamed } from './scripts.ts';
import { settleCall } from './settle-arguments.ts';
import { readSettleResult } from './settle-result.ts';
import { rankOf, wakeMessage } from './work.ts';

/** Staged outputs that are not committed are gone after this long without another one. */
const stagedTtlMs = 3_600_000;

const headerFields = ['namespace', 'graph', 'version', 'priority', 'traceparent'] as const;
const summaryFields = [
  'namespace',
  'graph',
  'version',
  'status',
  'priority',
  'created',
  'ended',
  'states',
] as const;
const letters = Object.values(statusLetters);

/** Runs, states, scopes and outputs in Redis. */
export class RedisRunStorage implements RunStorage {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly shards: number;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
    this.shards = keys.shards;
  }

  shardOf(runId: string): number {
    return this.#keys.shardOf(runId);
  }

  async trigger(run: NewRun): Promise<{ created: true } | { created: false; digest: string }> {
    const keys = this.#keys;
    const { runId, namespace, graph } = run;
    const shard = keys.shardOf(runId);
    const root = graph.nodes[graph.root]!;
    const reply = (await this.#run({
      script: scriptNamed('trigger'),
      keys: {
        run: keys.run(runId),
        outputs: keys.outputs(runId),
        runs: keys.runs(shard, namespace),
        ready: keys.ready(runId, root.index),
        work: keys.work(shard, namespace, root.nodeName),
      },
      args: {
        run_id: runId,
        namespace,
        graph: run.graphName,
        version: run.graphVersion,
        digest: run.digest,
        priority: run.priority,
        rank: rankOf(run),
        traceparent: run.traceparent,
        inputs: run.inputsJson,
        nodes: graph.nodes.length,
        root: root.index,
        body: encodeOrigins({ node: root.index, parent: 0, scopes: [], refs: [] }),
        wake: wakeMessage(run, root.index),
        wake_channel: keys.wakeChannel(),
      },
    })) as [string, string?];
    return reply[0] === 'CREATED' ? { created: true } : { created: false, digest: reply[1] ?? '' };
  }

  async headers(runIds: readonly string[]): Promise<(RunHeader | undefined)[]> {
    const rows = await this.#pipeline(
      runIds.map((runId) => ['hmget', this.#keys.run(runId), ...headerFields]),
    );
    return (rows as (string | null)[][]).map(([namespace, graphName, version, priority, traceparent], i) => {
      if (!namespace || !graphName) return undefined;
      return {
        runId: runIds[i]!,
        namespace,
        graphName,
        graphVersion: Number(version),
        priority: Number(priority),
        traceparent: traceparent ?? '',
      };
    });
  }

  async view(runId: string): Promise<RunView | undefined> {
    const key = this.#keys.run(runId);
    const nodes = Number(await this.#redis.hget(key, 'nodes'));
    if (nodes === 0) return undefined;
    const names = Array.from({ length: nodes }, (_, node) =>
      letters.map((letter) => `c${node}.${letter}`),
    ).flat();
    // One command, so that counts and status are of the same instant.
    const values = await this.#redis.hmget(key, ...summaryFields, ...names, 'seq');
    const summary = readSummary(runId, values);
    if (!summary) return undefined;
    const counts = new Map(names.map((name, i) => [name, Number(values[summaryFields.length + i] ?? 0)]));
    const lastState = Number(values.at(-1));
    return {
      ...summary,
      lastState,
      count: (node, status) => counts.get(`c${node}.${statusLetters[status]}`) ?? 0,
    };
  }

  async list(
    namespace: string,
    filter: { graphName?: string; status?: RunStatus },
    { pageSize, pageToken }: { pageSize: number; pageToken: string },
  ): Promise<Page<RunSummary>> {
    const after = pageToken === '' ? undefined : readRunToken(pageToken);
    const lists = await Promise.all(
      Array.from({ length: this.shards }, (_, shard) => this.#newestRuns(shard, namespace, after, pageSize)),
    );
    const ids = lists.flat().sort(newestFirst).slice(0, pageSize);
    const summaries = await this.#summaries(ids.map(({ runId }) => runId));
    const items = summaries.filter(
      (run) =>
        run !== undefined &&
        (!filter.graphName || run.graphName === filter.graphName) &&
        (!filter.status || run.status === filter.status),
    ) as RunSummary[];
    const last = ids.at(-1);
    if (ids.length < pageSize || !last) return { items };
    return { items, nextPageToken: `${last.createdAt}:${last.runId}` };
  }

  async records(runId: string, states: readonly number[]): Promise<(StateRecord | undefined)[]> {
    if (states.length === 0) return [];
    const packed = await this.#redis.hmget(this.#keys.run(runId), ...states.map(String));
    return packed.map((value) => (value === null ? undefined : decodeState(value)));
  }

  async outputs(runId: string, addresses: readonly OutputAddress[]): Promise<(string | undefined)[]> {
    const byKey = new Map<string, { fields: string[]; at: number[] }>();
    addresses.forEach(({ state, output, stagedUnder }, i) => {
      const key =
        stagedUnder === undefined ? this.#keys.outputs(runId) : this.#keys.staged(runId, state, stagedUnder);
      const group = byKey.get(key) ?? { fields: [], at: [] };
      byKey.set(key, group);
      group.fields.push(stagedUnder === undefined ? `${state}.${output}` : String(output));
      group.at.push(i);
    });
    const groups = [...byKey];
    const rows = await this.#pipeline(groups.map(([key, { fields }]) => ['hmget', key, ...fields]));
    const result = new Array<string | undefined>(addresses.length).fill(undefined);
    groups.forEach(([, { at }], row) => {
      at.forEach((i, column) => {
        result[i] = (rows[row] as (string | null)[])[column] ?? undefined;
      });
    });
    return result;
  }

  async triggerInputs(runId: string): Promise<string> {
    return (await this.#redis.hget(this.#keys.outputs(runId), 't')) ?? '{}';
  }

  async failures(runId: string, states: readonly number[]): Promise<(Failure | undefined)[]> {
    if (states.length === 0) return [];
    const texts = await this.#redis.hmget(this.#keys.outputs(runId), ...states.map((state) => `e${state}`));
    return texts.map((text) => (text === null ? undefined : (JSON.parse(text) as Failure)));
  }

  async scopes(runId: string, scopes: readonly ScopeAddress[]): Promise<(ScopeRecord | undefined)[]> {
    if (scopes.length === 0) return [];
    const packed = await this.#redis.hmget(
      this.#keys.run(runId),
      ...scopes.map((scope) => `u${scopeId(scope)}`),
    );
    return packed.map((value, i) => {
      const { unite, execution } = scopes[i]!;
      return value === null ? undefined : decodeScope(unite, execution, value);
    });
  }

  async branchEnds(runId: string, scope: ScopeAddress, branches: readonly number[]): Promise<BranchEnd[]> {
    if (branches.length === 0) return [];
    const fields = branches.map((branch) => `b${scopeId(scope)}.${branch}`);
    const values = await this.#redis.hmget(this.#keys.run(runId), ...fields);
    return values.map((value) => {
      if (value === null) return 'SUCCEEDED';
      if (!value.startsWith('0,')) return 'UNFINISHED';
      return value === '0,0' ? 'PRUNED' : 'FAILED';
    });
  }

  async countedFailures(
    runId: string,
    scope: ScopeAddress,
    { pageSize, pageToken }: { pageSize: number; pageToken: string },
  ): Promise<Page<{ branch: number; state: number }>> {
    const prefix = `${scopeId(scope)}:`;
    const from = pageToken === '' ? `[${prefix}` : `(${pageToken}`;
    const members = await this.#redis.zrangebylex(
      this.#keys.failures(runId),
      from,
      `(${prefix};`,
      'LIMIT',
      0,
      pageSize,
    );
    const items = members.map((member) => {
      const [, branch, state] = member.split(':');
      return { branch: Number(branch), state: Number(state) };
    });
    const last = members.at(-1);
    return members.length < pageSize || !last ? { items } : { items, nextPageToken: last };
  }

  async commit(
    settlements: readonly Settlement[],
    claims: readonly Claim[],
  ): Promise<{ settled: SettleResult[]; claimed: ClaimResult[] }> {
    const calls = settlements.map((settlement) => settleCall(this.#keys, settlement));
    const claimsByShard = claims.map((claim) => claimCall(this.#keys, claim));
    const replies = await runScripts(this.#redis, [...calls, ...claimsByShard]);
    return {
      settled: settlements.map((_, i) => readSettleResult(replies[i])),
      claimed: claims.map((claim, i) => readClaim(claim, replies[settlements.length + i])),
    };
  }

  async stage(
    { runId, state, leaseToken }: Lease,
    firstIndex: number,
    outputsJson: readonly string[],
  ): Promise<'OK' | 'STALE' | 'SETTLED'> {
    const reply = (await this.#run({
      script: scriptNamed('stage'),
      keys: { run: this.#keys.run(runId), staged: this.#keys.staged(runId, state, leaseToken) },
      args: { state, token: leaseToken, ttl: stagedTtlMs },
      moreArgs: outputsJson.flatMap((output, i) => [firstIndex + i, output]),
    })) as ['OK' | 'STALE' | 'SETTLED'];
    return reply[0];
  }

  async missingEmits(
    { runId, state, leaseToken }: Lease,
    total: number,
  ): Promise<{ first: number; end: number }[]> {
    const staged = this.#keys.staged(runId, state, leaseToken);
    const ranges: { first: number; end: number }[] = [];
    const step = 1_000;
    for (let from = 0; from < total && ranges.length < step; from += step) {
      const args = { from, to: Math.min(from + step, total) };
      const bounds = (await this.#run({
        script: scriptNamed('missing_emits'),
        keys: { staged },
        args,
      })) as number[];
      for (let i = 0; i < bounds.length; i += 2) {
        const [first = 0, end = 0] = [bounds[i], bounds[i + 1]];
        const last = ranges.at(-1);
        if (last && last.end === first) last.end = end;
        else ranges.push({ first, end });
      }
    }
    return ranges.slice(0, step);
  }

  async work(
    shard: number,
    nodes: readonly { namespace: string; nodeName: string }[],
    atMost: number,
  ): Promise<Place[][]> {
    const rows = await this.#pipeline(
      nodes.map(({ namespace, nodeName }) => [
        'zrange',
        this.#keys.work(shard, namespace, nodeName),
        0,
        atMost - 1,
      ]),
    );
    return (rows as string[][]).map((members) =>
      members.map((member) => {
        const [runId = '', node] = member.split(':');
        return { runId, node: Number(node) };
      }),
    );
  }

  async expanding(
    shard: number,
    idleMs: number,
    atMost: number,
  ): Promise<{ runId: string; state: number }[]> {
    const before = (await this.#now()) - idleMs;
    const members = await this.#redis.zrangebyscore(
      this.#keys.expanding(shard),
      '-inf',
      before,
      'LIMIT',
      0,
      atMost,
    );
    return members.map((member) => {
      const [runId = '', state] = member.split(':');
      return { runId, state: Number(state) };
    });
  }

  async expand(
    run: LoadedRun,
    state: number,
    { step }: Plan,
    atMost: number,
  ): Promise<{ kind: 'more' | 'done'; expanded: number; longestReady: number } | { kind: 'gone' }> {
    if (step.kind !== 'succeed') throw new Error(`a ${step.kind} step has no children to create`);
    const { runId, namespace, graph } = run;
    const keys = this.#keys;
    const shard = keys.shardOf(runId);
    const record = (await this.records(runId, [state]))[0];
    if (!record) return { kind: 'gone' };
    const moreKeys = step.children.flatMap(({ node }) => [
      keys.ready(runId, node),
      keys.work(shard, namespace, graph.nodes[node]!.nodeName),
    ]);
    const children = step.children.flatMap((child, i) => [
      child.node,
      encodeOrigins(child),
      wakeMessage(run, child.node),
      2 * i + 1,
      2 * i + 2,
    ]);
    const [kind, expanded, longestReady] = (await this.#run({
      script: scriptNamed('expand'),
      keys: { run: keys.run(runId), expanding: keys.expanding(shard) },
      args: {
        run_id: runId,
        state,
        node: record.origins.node,
        most: atMost,
        rank: rankOf(run),
        wake_channel: keys.wakeChannel(),
      },
      moreKeys,
      moreArgs: [step.children.length, ...children],
    })) as ['MORE' | 'DONE' | 'GONE', number, number];
    if (kind === 'GONE') return { kind: 'gone' };
    return { kind: kind === 'MORE' ? 'more' : 'done', expanded, longestReady };
  }

  async due(shard: number, atMost: number): Promise<DueState[]> {
    const now = await this.#now();
    const members = await this.#redis.zrangebyscore(this.#keys.due(shard), '-inf', now, 'LIMIT', 0, atMost);
    return members.map((member) => {
      const [runId = '', state, node] = member.split(':');
      return { runId, state: Number(state), node: Number(node) };
    });
  }

  async promote(run: LoadedRun, node: number, states: readonly number[]): Promise<void> {
    const { runId, namespace, graph } = run;
    const shard = this.#keys.shardOf(runId);
    await this.#run({
      script: scriptNamed('promote'),
      keys: {
        run: this.#keys.run(runId),
        due: this.#keys.due(shard),
        ready: this.#keys.ready(runId, node),
        work: this.#keys.work(shard, namespace, graph.nodes[node]!.nodeName),
      },
      args: {
        run_id: runId,
        node,
        rank: rankOf(run),
        wake: wakeMessage(run, node),
        wake_channel: this.#keys.wakeChannel(),
      },
      moreArgs: states,
    });
  }

  async timedOut(shard: number, atMost: number): Promise<Lease[]> {
    const now = await this.#now();
    const members = await this.#redis.zrangebyscore(
      this.#keys.timeouts(shard),
      '-inf',
      now,
      'LIMIT',
      0,
      atMost,
    );
    return members.map((member) => {
      const [runId = '', state, leaseToken = ''] = member.split(':');
      return { runId, state: Number(state), leaseToken };
    });
  }

  #run(call: ScriptCall): Promise<unknown> {
    return runScript(this.#redis, call);
  }

  async #pipeline(commands: readonly (readonly (string | number)[])[]): Promise<unknown[]> {
    if (commands.length === 0) return [];
    const replies = await this.#redis.pipeline(commands.map((command) => [...command])).exec();
    return (replies ?? []).map(([error, value]) => {
      if (error) throw error;
      return value;
    });
  }

  /** The clock that all state managers share, epoch milliseconds. */
  async #now(): Promise<number> {
    const [seconds, microseconds] = await this.#redis.time();
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  }

  async #summaries(runIds: readonly string[]): Promise<(RunSummary | undefined)[]> {
    const rows = await this.#pipeline(
      runIds.map((runId) => ['hmget', this.#keys.run(runId), ...summaryFields]),
    );
    return (rows as (string | null)[][]).map((row, i) => readSummary(runIds[i]!, row));
  }

  async #newestRuns(
    shard: number,
    namespace: string,
    after: { createdAt: number; runId: string } | undefined,
    atMost: number,
  ): Promise<{ createdAt: number; runId: string }[]> {
    const key = this.#keys.runs(shard, namespace);
    const found: { createdAt: number; runId: string }[] = [];
    // Runs of the same millisecond are told apart by their ids, which the score does not hold.
    for (let offset = 0; found.length < atMost; offset += atMost) {
      const max = after ? String(after.createdAt) : '+inf';
      const flat = await this.#redis.zrevrangebyscore(
        key,
        max,
        '-inf',
        'WITHSCORES',
        'LIMIT',
        offset,
        atMost,
      );
      for (let i = 0; i < flat.length; i += 2) {
        const run = { runId: flat[i]!, createdAt: Number(flat[i + 1]) };
        if (!after || newestFirst(after, run) < 0) found.push(run);
      }
      if (flat.length < 2 * atMost) break;
    }
    return found;
  }
}

function readSummary(runId: string, row: readonly (string | null)[]): RunSummary | undefined {
  const [namespace, graphName, version, status, priority, createdAt, endedAt, states] = row;
  if (!namespace || !graphName) return undefined;
  return {
    runId,
    namespace,
    graphName,
    graphVersion: Number(version),
    status: status as RunStatus,
    priority: Number(priority),
    createdAt: Number(createdAt),
    ...(endedAt ? { endedAt: Number(endedAt) } : {}),
    stateCount: Number(states),
  };
}

function newestFirst(
  left: { createdAt: number; runId: string },
  right: { createdAt: number; runId: string },
): number {
  return (
    right.createdAt - left.createdAt || (left.runId < right.runId ? 1 : left.runId > right.runId ? -1 : 0)
  );
}

function readRunToken(pageToken: string): { createdAt: number; runId: string } {
  const [createdAt, runId] = pageToken.split(':');
  if (!runId || !/^\d+$/.test(createdAt ?? '')) {
    throw new FanoutError(
      'PAGE_TOKEN_INVALID',
      'page_token is not one that this list gave: start again without it',
    );
  }
  return { createdAt: Number(createdAt), runId };
}
