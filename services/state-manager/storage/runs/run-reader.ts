import type { Redis } from 'ioredis';
import type { Page } from '../../domain/model/page.ts';
import type { RunStatus, RunSummary } from '../../domain/model/run.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { ScopeRecord } from '../../domain/run/scope-record.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { OutputAddress, RunHeader, RunView } from '../../engine/ports/loaded-run.ts';
import type { BranchEnd, WindowRecord } from '../../engine/ports/run-reader.ts';
import type { RankedPlace } from '../../engine/ports/settling.ts';
import { FanoutError } from '../../errors.ts';
import type { Keys } from '../layout/keys.ts';
import { readReadyPlaces } from '../layout/ready-places.ts';
import { decodeScope, decodeState, scopeId, statusLetters } from '../layout/record-codec.ts';

const headerFields = ['namespace', 'graph', 'version', 'priority', 'traceparent'] as const;
const summaryFields = [
  'namespace',
  'graph',
  'version',
  'status',
  'priority',
  'created',
  'start',
  'ended',
  'states',
] as const;
/** Outputs of an open fan-out whose children have numbers that follow each other, as emits.lua has it. */
const emitBlock = 64;
const letters = Object.values(statusLetters);

/** What can be read of runs, states, scopes and outputs. */
export class RunReader {
  protected readonly redis: Redis;
  protected readonly keys: Keys;
  readonly shards: number;

  constructor(redis: Redis, keys: Keys) {
    this.redis = redis;
    this.keys = keys;
    this.shards = keys.shards;
  }

  shardOf(runId: string): number {
    return this.keys.shardOf(runId);
  }

  async headers(runIds: readonly string[]): Promise<(RunHeader | undefined)[]> {
    const rows = await this.pipeline(runIds.map((runId) => ['hmget', this.keys.run(runId), ...headerFields]));
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
    const key = this.keys.run(runId);
    const nodes = Number(await this.redis.hget(key, 'nodes'));
    if (nodes === 0) return undefined;
    const names = Array.from({ length: nodes }, (_, node) =>
      letters.map((letter) => `c${node}.${letter}`),
    ).flat();
    // One command, so that counts and status are of the same instant.
    const values = await this.redis.hmget(key, ...summaryFields, ...names, 'seq');
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
    const packed = await this.redis.hmget(this.keys.run(runId), ...states.map(String));
    const records = packed.map((value) => (value === null ? undefined : decodeState(value)));
    const open = records.filter((record, i) => record?.hasEmitted && record.work === states[i]);
    if (open.length === 0) return records;
    const totals = await this.acceptedEmits(
      runId,
      open.map((record) => record!.work),
    );
    return records.map((record) => {
      const at = open.indexOf(record);
      if (!record || at < 0) return record;
      const fanOut = { total: totals[at]!, firstChild: 0, isOpen: true, isStaged: false, isRouted: false };
      return { ...record, fanOut };
    });
  }

  async acceptedEmits(runId: string, works: readonly number[]): Promise<number[]> {
    if (works.length === 0) return [];
    const totals = await this.redis.hmget(this.keys.run(runId), ...works.map((work) => `y${work}`));
    return totals.map(Number);
  }

  async emittedChildren(
    runId: string,
    work: number,
    outputs: readonly number[],
    width: number,
  ): Promise<number[]> {
    if (outputs.length === 0 || width === 0) return [];
    const blocks = [...new Set(outputs.map((output) => Math.floor(output / emitBlock)))];
    const values = await this.redis.hmget(
      this.keys.run(runId),
      ...blocks.map((block) => `o${work}.${block}`),
    );
    const firstOf = new Map(blocks.map((block, i) => [block, Number(values[i])]));
    return outputs.map(
      (output) => firstOf.get(Math.floor(output / emitBlock))! + (output % emitBlock) * width,
    );
  }

  async outputs(runId: string, addresses: readonly OutputAddress[]): Promise<(string | undefined)[]> {
    const byKey = new Map<string, { fields: string[]; at: number[] }>();
    addresses.forEach(({ state, output, stagedUnder }, i) => {
      const key =
        stagedUnder === undefined ? this.keys.outputs(runId) : this.keys.staged(runId, state, stagedUnder);
      const group = byKey.get(key) ?? { fields: [], at: [] };
      byKey.set(key, group);
      group.fields.push(stagedUnder === undefined ? `${state}.${output}` : String(output));
      group.at.push(i);
    });
    const groups = [...byKey];
    const rows = await this.pipeline(groups.map(([key, { fields }]) => ['hmget', key, ...fields]));
    const result = new Array<string | undefined>(addresses.length).fill(undefined);
    groups.forEach(([, { at }], row) => {
      at.forEach((i, column) => {
        result[i] = (rows[row] as (string | null)[])[column] ?? undefined;
      });
    });
    return result;
  }

  async routes(
    runId: string,
    state: number,
    { leaseToken, fanOut }: StateRecord,
    outputs: readonly number[],
  ): Promise<(string | undefined)[]> {
    if (outputs.length === 0) return [];
    const routes = fanOut?.isStaged
      ? await this.redis.hmget(this.keys.stagedRoutes(runId, state, leaseToken), ...outputs.map(String))
      : await this.redis.hmget(this.keys.outputs(runId), ...outputs.map((output) => `r${state}.${output}`));
    return routes.map((route) => route ?? undefined);
  }

  async triggerInputs(runId: string): Promise<string> {
    return (await this.redis.hget(this.keys.outputs(runId), 't')) ?? '{}';
  }

  async triggerDigest(runId: string): Promise<string | undefined> {
    return (await this.redis.hget(this.keys.run(runId), 'digest')) ?? undefined;
  }

  async failures(runId: string, states: readonly number[]): Promise<(Failure | undefined)[]> {
    if (states.length === 0) return [];
    const texts = await this.redis.hmget(this.keys.outputs(runId), ...states.map((state) => `e${state}`));
    return texts.map((text) => (text === null ? undefined : (JSON.parse(text) as Failure)));
  }

  async scopes(runId: string, scopes: readonly ScopeAddress[]): Promise<(ScopeRecord | undefined)[]> {
    if (scopes.length === 0) return [];
    const packed = await this.redis.hmget(
      this.keys.run(runId),
      ...scopes.map((scope) => `u${scopeId(scope)}`),
    );
    return packed.map((value, i) => {
      const { unite, execution } = scopes[i]!;
      return value === null ? undefined : decodeScope(unite, execution, value);
    });
  }

  async branchEnds(
    runId: string,
    { unite, execution }: ScopeAddress,
    branches: readonly number[],
    keepsSuccesses: boolean,
  ): Promise<BranchEnd[]> {
    if (branches.length === 0) return [];
    const id = scopeId({ unite, execution });
    const key = this.keys.run(runId);
    const [packed, ...values] = await this.redis.hmget(
      key,
      `u${id}`,
      ...branches.map((branch) => `b${id}.${branch}`),
    );
    // A branch that nobody has touched looks like one that has succeeded, where that is not kept.
    const isOpen = keepsSuccesses && packed && decodeScope(unite, execution, packed).tokens > 0;
    return values.map((value) => {
      if (!value) return isOpen ? 'UNFINISHED' : 'SUCCEEDED';
      const [held, flags, generation] = value.split(',');
      // What came to an end after its scope had closed without it was left out.
      if (held !== '0' || generation === '0') return 'UNFINISHED';
      if (flags === '1') return 'SUCCEEDED';
      return flags === '0' ? 'PRUNED' : 'FAILED';
    });
  }

  async countedFailures(
    runId: string,
    scope: ScopeAddress,
    { pageSize, pageToken }: { pageSize: number; pageToken: string },
  ): Promise<Page<{ branch: number; state: number }>> {
    const prefix = `${scopeId(scope)}:`;
    const from = pageToken === '' ? `[${prefix}` : `(${pageToken}`;
    const members = await this.redis.zrangebylex(
      this.keys.failures(runId),
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

  async windowBranches(
    runId: string,
    scope: ScopeAddress,
    instance: number,
    { after, atMost }: { readonly after: number; readonly atMost: number },
  ): Promise<number[]> {
    const told = await this.redis.hget(this.keys.run(runId), `w${scopeId(scope)}.${instance}`);
    // A retry by hand has taken this window back.
    if (told === null) return [];
    const prefix = `${scopeId(scope)}:${pad(Number(told.split('|')[6]))}:`;
    const from = after < 0 ? `[${prefix}` : `(${prefix}${pad(after)}`;
    const key = this.keys.windows(runId);
    const members = await this.redis.zrangebylex(key, from, `(${prefix};`, 'LIMIT', 0, atMost);
    return members.map((member) => Number(member.slice(prefix.length)));
  }

  async windows(
    runId: string,
    scope: ScopeAddress,
    instances: readonly number[],
  ): Promise<(WindowRecord | undefined)[]> {
    if (instances.length === 0) return [];
    const fields = instances.map((instance) => `w${scopeId(scope)}.${instance}`);
    const values = await this.redis.hmget(this.keys.run(runId), ...fields);
    return values.map((value) => {
      if (value === null) return undefined;
      const [state = 0, total = 0, unfinished = 0, succeeded = 0, failed = 0, pruned = 0, window = 0] = value
        .split('|')
        .map(Number);
      return { state, total, unfinished, succeeded, failed, pruned, window };
    });
  }

  async readyPlaces(
    shard: number,
    nodes: readonly { namespace: string; nodeName: string }[],
    atMost: number,
  ): Promise<RankedPlace[][]> {
    const rows = await this.pipeline(
      nodes.map(({ namespace, nodeName }) => [
        'zrange',
        this.keys.work(shard, namespace, nodeName),
        0,
        atMost - 1,
        'WITHSCORES',
      ]),
    );
    return (rows as string[][]).map(readReadyPlaces);
  }

  protected async pipeline(commands: readonly (readonly (string | number)[])[]): Promise<unknown[]> {
    if (commands.length === 0) return [];
    const replies = await this.redis.pipeline(commands.map((command) => [...command])).exec();
    return (replies ?? []).map(([error, value]) => {
      if (error) throw error;
      return value;
    });
  }

  async #summaries(runIds: readonly string[]): Promise<(RunSummary | undefined)[]> {
    const rows = await this.pipeline(
      runIds.map((runId) => ['hmget', this.keys.run(runId), ...summaryFields]),
    );
    return (rows as (string | null)[][]).map((row, i) => readSummary(runIds[i]!, row));
  }

  async #newestRuns(
    shard: number,
    namespace: string,
    after: { createdAt: number; runId: string } | undefined,
    atMost: number,
  ): Promise<{ createdAt: number; runId: string }[]> {
    const key = this.keys.runs(shard, namespace);
    const found: { createdAt: number; runId: string }[] = [];
    // Runs of the same millisecond are told apart by their ids, which the score does not hold.
    for (let offset = 0; found.length < atMost; offset += atMost) {
      const max = after ? String(after.createdAt) : '+inf';
      const flat = await this.redis.zrevrangebyscore(key, max, '-inf', 'WITHSCORES', 'LIMIT', offset, atMost);
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
  const [namespace, graphName, version, status, priority, createdAt, startAt, endedAt, states] = row;
  if (!namespace || !graphName) return undefined;
  return {
    runId,
    namespace,
    graphName,
    graphVersion: Number(version),
    status: status as RunStatus,
    priority: Number(priority),
    createdAt: Number(createdAt),
    ...(startAt ? { startAt: Number(startAt) } : {}),
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

/** Numbers that sort as texts. */
function pad(number: number): string {
  return String(number).padStart(10, '0');
}
