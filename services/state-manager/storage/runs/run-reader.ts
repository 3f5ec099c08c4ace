import type { Redis } from 'ioredis';
import type { Failure } from '../../domain/model/state.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { ScopeRecord } from '../../domain/run/scope-record.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { MarkTarget } from '../../engine/ports/control.ts';
import type { LoadedRun, OutputAddress, RunHead, RunView } from '../../engine/ports/loaded-run.ts';
import type { BranchEnd, CountedFailure, RunReader, WindowRecord } from '../../engine/ports/run-reader.ts';
import type { Lease } from '../../engine/ports/sessions.ts';
import { runCommands } from '../connection/commands.ts';
import { runScript, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { markText } from '../layout/marks.ts';
import {
  dueMember,
  emitBlock,
  failureMember,
  readFailureMember,
  runFields,
  windowMember,
  windowPrefix,
} from '../layout/run-fields.ts';
import { headFields, readHead, readSummary, summaryFields } from '../layout/run-head.ts';
import { decodeBranch, decodeScope, decodeWindow, scopeId } from '../layout/scope-record.ts';
import { decodeState, stateStatuses } from '../layout/state-record.ts';
import { decodeTallies } from '../layout/tallies.ts';
import { readLabels } from './read-labels.ts';

/** Fields of the counts of a run's nodes: of each node those by status, those that are superseded, and its tallies. */
function countFields(nodes: number): string[] {
  return Array.from({ length: nodes }, (_, node) => [
    ...stateStatuses.map((status) => runFields.count(node, status)),
    runFields.superseded(node),
    runFields.tallies(node),
  ]).flat();
}

const countsPerNode = stateStatuses.length + 2;

/** Reads one run: its states, scopes and outputs. */
export class RedisRunReader implements RunReader {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async view(runId: string): Promise<RunView | undefined> {
    const nodes = Number(await this.#redis.hget(this.#keys.run(runId), 'nodes'));
    return (await this.#views([{ runId, nodes }]))[0];
  }

  views(runs: readonly LoadedRun[]): Promise<(RunView | undefined)[]> {
    return this.#views(runs.map(({ runId, graph }) => ({ runId, nodes: graph.nodes.length })));
  }

  async #views(
    runs: readonly { readonly runId: string; readonly nodes: number }[],
  ): Promise<(RunView | undefined)[]> {
    // One command for a run, so that counts and status are of the same instant.
    const rows = await runCommands(
      this.#redis,
      runs.map(({ runId, nodes }) => [
        'hmget',
        this.#keys.run(runId),
        ...summaryFields,
        'seq',
        ...countFields(nodes),
      ]),
    );
    return (rows as (string | null)[][]).map((row, i) => {
      const summary = readSummary(runs[i]!.runId, row);
      if (!summary) return undefined;
      const [seq, ...counts] = row.slice(summaryFields.length);
      return {
        ...summary,
        lastState: Number(seq),
        count: (node, status) => Number(counts[node * countsPerNode + stateStatuses.indexOf(status)] ?? 0),
        superseded: (node) => Number(counts[node * countsPerNode + stateStatuses.length] ?? 0),
        tallies: (node) => decodeTallies(counts[node * countsPerNode + stateStatuses.length + 1]),
      };
    });
  }

  async heads(
    asked: readonly { readonly runId: string; readonly records: number }[],
  ): Promise<(RunHead | undefined)[]> {
    const rows = await runCommands(
      this.#redis,
      asked.map(({ runId, records }) => [
        'hmget',
        this.#keys.run(runId),
        ...headFields,
        ...Array.from({ length: records }, (_, i) => i + 1),
      ]),
    );
    return (rows as (string | null)[][]).map((row, i) => readHead(asked[i]!.runId, row));
  }

  async records(runId: string, states: readonly number[]): Promise<(StateRecord | undefined)[]> {
    if (states.length === 0) return [];
    const packed = await this.#redis.hmget(this.#keys.run(runId), ...states.map(String));
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
    const totals = await this.#redis.hmget(this.#keys.run(runId), ...works.map(runFields.accepted));
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
    const values = await this.#redis.hmget(
      this.#keys.run(runId),
      ...blocks.map((block) => runFields.block(work, block)),
    );
    const firstOf = new Map(blocks.map((block, i) => [block, Number(values[i])]));
    return outputs.map(
      (output) => firstOf.get(Math.floor(output / emitBlock))! + (output % emitBlock) * width,
    );
  }

  async outputs(runId: string, addresses: readonly OutputAddress[]): Promise<(string | undefined)[]> {
    return (await this.outputsOf([{ runId, addresses }]))[0]!;
  }

  async outputsUpTo(
    runId: string,
    addresses: readonly OutputAddress[],
    { bytes, atLeast }: { readonly bytes: number; readonly atLeast: number },
  ): Promise<(string | undefined)[]> {
    if (addresses.length === 0) return [];
    const hashes: string[] = [];
    const asked: (string | number)[] = [];
    let hash: string | undefined;
    let fields: string[] = [];
    const tell = () => {
      if (hash === undefined) return;
      if (!hashes.includes(hash)) hashes.push(hash);
      asked.push(hashes.indexOf(hash) + 1, fields.length, ...fields);
    };
    for (const address of addresses) {
      const { key, field } = this.#placeOf(runId, address);
      if (key !== hash) {
        tell();
        [hash, fields] = [key, []];
      }
      fields.push(field);
    }
    tell();
    const texts = await runScript(this.#redis, {
      script: scriptNamed('read_outputs'),
      keys: {},
      args: { max_bytes: bytes, at_least: atLeast },
      moreKeys: hashes,
      moreArgs: asked,
    });
    return (texts as (string | null)[]).map((text) => text ?? undefined);
  }

  labels(runId: string, addresses: readonly OutputAddress[]): Promise<(string | undefined)[]> {
    return readLabels(this.#redis, this.#keys, runId, addresses);
  }

  async outputsOf(
    asked: readonly { readonly runId: string; readonly addresses: readonly OutputAddress[] }[],
  ): Promise<(string | undefined)[][]> {
    const byKey = new Map<string, { fields: string[]; at: { run: number; i: number }[] }>();
    asked.forEach(({ runId, addresses }, run) => {
      addresses.forEach((address, i) => {
        const { key, field } = this.#placeOf(runId, address);
        const group = byKey.get(key) ?? { fields: [], at: [] };
        byKey.set(key, group);
        group.fields.push(field);
        group.at.push({ run, i });
      });
    });
    const groups = [...byKey];
    const rows = await runCommands(
      this.#redis,
      groups.map(([key, { fields }]) => ['hmget', key, ...fields]),
    );
    const result = asked.map(({ addresses }) => new Array<string | undefined>(addresses.length));
    groups.forEach(([, { at }], row) => {
      at.forEach(({ run, i }, column) => {
        result[run]![i] = (rows[row] as (string | null)[])[column] ?? undefined;
      });
    });
    return result;
  }

  async outputBytes(runId: string, addresses: readonly OutputAddress[]): Promise<number[]> {
    const places = addresses.map((address) => this.#placeOf(runId, address));
    const bytes = await runCommands(
      this.#redis,
      places.map(({ key, field }) => ['hstrlen', key, field]),
    );
    return bytes.map(Number);
  }

  #placeOf(runId: string, { state, output, stagedUnder }: OutputAddress): { key: string; field: string } {
    if (stagedUnder === undefined) return { key: this.#keys.outputs(runId), field: `${state}.${output}` };
    return { key: this.#keys.staged(runId, state, stagedUnder), field: String(output) };
  }

  async routes(
    runId: string,
    state: number,
    { leaseToken, fanOut }: StateRecord,
    outputs: readonly number[],
  ): Promise<(string | undefined)[]> {
    if (outputs.length === 0) return [];
    const routes = fanOut?.isStaged
      ? await this.#redis.hmget(this.#keys.stagedRoutes(runId, state, leaseToken), ...outputs.map(String))
      : await this.#redis.hmget(this.#keys.outputs(runId), ...outputs.map((output) => `r${state}.${output}`));
    return routes.map((route) => route ?? undefined);
  }

  async triggerInputs(runId: string): Promise<string> {
    return (await this.#redis.hget(this.#keys.outputs(runId), 't')) ?? '{}';
  }

  async corrections(runId: string, states: readonly number[]): Promise<string[]> {
    if (states.length === 0) return [];
    const texts = await this.#redis.hmget(this.#keys.outputs(runId), ...states.map((state) => `c${state}`));
    return texts.map((text) => text ?? '{}');
  }

  async triggerDigest(runId: string): Promise<string | undefined> {
    return (await this.#redis.hget(this.#keys.run(runId), 'digest')) ?? undefined;
  }

  async failures(runId: string, states: readonly number[]): Promise<(Failure | undefined)[]> {
    if (states.length === 0) return [];
    const texts = await this.#redis.hmget(this.#keys.outputs(runId), ...states.map((state) => `e${state}`));
    return texts.map((text) => (text === null ? undefined : (JSON.parse(text) as Failure)));
  }

  async scopes(runId: string, scopes: readonly ScopeAddress[]): Promise<(ScopeRecord | undefined)[]> {
    if (scopes.length === 0) return [];
    const packed = await this.#redis.hmget(this.#keys.run(runId), ...scopes.map(runFields.scope));
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
    const scope = { unite, execution };
    const [packed, ...values] = await this.#redis.hmget(
      this.#keys.run(runId),
      runFields.scope(scope),
      ...branches.map((branch) => runFields.branch(scope, branch)),
    );
    // A branch that nothing has touched looks like one that has succeeded, where that is not kept.
    const isOpen = keepsSuccesses && packed && decodeScope(unite, execution, packed).tokens > 0;
    return values.map((value) => {
      if (!value) return isOpen ? 'UNFINISHED' : 'SUCCEEDED';
      const { tokens, hasFailed, hasDelivered, isLeftOut, generation } = decodeBranch(value);
      // What came to an end after its scope had closed without it was left out.
      if (tokens !== 0 || generation === 0 || isLeftOut) return 'UNFINISHED';
      if (hasFailed) return 'FAILED';
      return hasDelivered ? 'SUCCEEDED' : 'PRUNED';
    });
  }

  async countedFailures(
    runId: string,
    scope: ScopeAddress,
    { after, atMost }: { readonly after: CountedFailure | undefined; readonly atMost: number },
  ): Promise<CountedFailure[]> {
    const prefix = `${scopeId(scope)}:`;
    const from = after ? `(${failureMember({ ...scope, branch: after.branch }, after.state)}` : `[${prefix}`;
    const key = this.#keys.failures(runId);
    const members = await this.#redis.zrangebylex(key, from, `(${prefix};`, 'LIMIT', 0, atMost);
    return members.map(readFailureMember);
  }

  async windowBranches(
    runId: string,
    scope: ScopeAddress,
    instance: number,
    { after, atMost }: { readonly after: number; readonly atMost: number },
  ): Promise<number[]> {
    const told = await this.#redis.hget(this.#keys.run(runId), runFields.window(scope, instance));
    // A retry by hand has taken this window back.
    if (told === null) return [];
    const { window } = decodeWindow(told);
    const prefix = windowPrefix(scope, window);
    const from = after < 0 ? `[${prefix}` : `(${windowMember(scope, window, after)}`;
    const key = this.#keys.windows(runId);
    const members = await this.#redis.zrangebylex(key, from, `(${prefix};`, 'LIMIT', 0, atMost);
    return members.map((member) => Number(member.slice(prefix.length)));
  }

  async windows(
    runId: string,
    scope: ScopeAddress,
    instances: readonly number[],
  ): Promise<(WindowRecord | undefined)[]> {
    if (instances.length === 0) return [];
    const fields = instances.map((instance) => runFields.window(scope, instance));
    const values = await this.#redis.hmget(this.#keys.run(runId), ...fields);
    return values.map((value) => (value === null ? undefined : decodeWindow(value)));
  }

  async isRouted({ runId, state, leaseToken }: Lease): Promise<boolean> {
    return (await this.#redis.exists(this.#keys.stagedRoutes(runId, state, leaseToken))) === 1;
  }

  async marks(runId: string): Promise<string> {
    return (await this.#redis.hget(this.#keys.run(runId), 'marks')) ?? '';
  }

  async cancelReason(runId: string, target: NonNullable<MarkTarget>): Promise<string> {
    const field = runFields.reason(markText(target));
    return (await this.#redis.hget(this.#keys.run(runId), field)) ?? '';
  }

  async runEnding(runId: string): Promise<{ outcome: 'CANCELLED' | 'FAILED'; reason: string }> {
    const [outcome, reason] = await this.#redis.hmget(this.#keys.run(runId), 'ending', 'reason');
    return { outcome: outcome === 'FAILED' ? 'FAILED' : 'CANCELLED', reason: reason ?? '' };
  }

  async scopeText(runId: string, scope: ScopeAddress): Promise<string> {
    return (await this.#redis.hget(this.#keys.run(runId), runFields.scope(scope))) ?? '';
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
      const bounds = (await runScript(this.#redis, {
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

  async timerOf(runId: string, scope: ScopeAddress): Promise<number | undefined> {
    const key = this.#keys.timers(this.#keys.shardOf(runId));
    const at = await this.#redis.zscore(key, `${runId}:${scopeId(scope)}`);
    return at === null ? undefined : Number(at);
  }

  async dueTimes(
    runId: string,
    states: readonly { state: number; node: number }[],
  ): Promise<(number | undefined)[]> {
    if (states.length === 0) return [];
    const members = states.map((state) => dueMember(runId, state));
    const times = await this.#redis.zmscore(this.#keys.due(this.#keys.shardOf(runId)), ...members);
    return times.map((time) => (time === null ? undefined : Number(time)));
  }
}
