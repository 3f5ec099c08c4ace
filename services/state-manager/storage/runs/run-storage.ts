import { nodeAt } from '../../domain/graph/graph.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { ScopeBranch } from '../../domain/run/scope-record.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type {
  CancelJob,
  MarkResult,
  MarkTarget,
  RetryResult,
  RetryScope,
} from '../../engine/ports/control.ts';
import type { LoadedRun, NewRun } from '../../engine/ports/loaded-run.ts';
import type { Lease } from '../../engine/ports/sessions.ts';
import type {
  Claim,
  ClaimResult,
  ExpandCut,
  ExpandResult,
  Settlement,
  SettleResult,
  StagedOutput,
  StageResult,
} from '../../engine/ports/settling.ts';
import type { RunStorage } from '../../engine/ports/storage.ts';
import { claimCall, readClaim } from '../calls/claim.ts';
import { markCall, retireCall, retryCall, uncountCall, unmarkCall } from '../calls/control-calls.ts';
import { decideCall, expandCall, readExpandResult } from '../calls/scope-calls.ts';
import { settleCall } from '../calls/settle.ts';
import { readSettleResult } from '../calls/settle-result.ts';
import { runScripts, scriptNamed } from '../connection/scripts.ts';
import { markText, rankOf, wakeMessage } from '../layout/ready-places.ts';
import { decodeState, encodeStanding, scopeId } from '../layout/record-codec.ts';
import { Due } from './due.ts';

/** Staged outputs that are not committed are gone after this long without another one. */
const stagedTtlMs = 3_600_000;

/** Runs, states, scopes and outputs in Redis. */
export class RedisRunStorage extends Due implements RunStorage {
  async trigger(run: NewRun): Promise<{ created: true } | { created: false; digest: string }> {
    const keys = this.keys;
    const { runId, namespace, graph } = run;
    const shard = keys.shardOf(runId);
    const root = nodeAt(graph, graph.root);
    const entries = [...(run.store ?? [])].flat();
    const reply = (await this.run({
      script: scriptNamed('trigger'),
      keys: {
        run: keys.run(runId),
        outputs: keys.outputs(runId),
        store: keys.store(runId),
        runs: keys.runs(shard, namespace),
        deadlines: keys.deadlines(shard),
        ready: keys.ready(runId, root.index),
        work: keys.work(shard, namespace, root.nodeName),
        due: keys.due(shard),
      },
      args: {
        run_id: runId,
        namespace,
        graph: run.graphName,
        version: run.graphVersion,
        digest: run.digest,
        priority: run.priority,
        run_ms: run.limits.runMs,
        rank: rankOf(run),
        traceparent: run.traceparent,
        inputs: run.inputsJson,
        start: run.startAt ?? 0,
        chain: run.chain ?? 0,
        store_bytes: entries.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
        nodes: graph.nodes.length,
        root: root.index,
        body: encodeStanding({ node: root.index, parent: 0, scopes: [], refs: [] }),
        wake: wakeMessage(run, root.index),
        wake_channel: keys.wakeChannel(),
      },
      moreArgs: entries,
    })) as [string, string?];
    return reply[0] === 'CREATED' ? { created: true } : { created: false, digest: reply[1] ?? '' };
  }

  async commit(
    settlements: readonly Settlement[],
    claims: readonly Claim[],
  ): Promise<{ settled: SettleResult[]; claimed: ClaimResult[] }> {
    const calls = settlements.map((settlement) => settleCall(this.keys, settlement));
    const claimsByShard = claims.map((claim) => claimCall(this.keys, claim));
    const replies = await runScripts(this.redis, [...calls, ...claimsByShard]);
    return {
      settled: settlements.map((_, i) => readSettleResult(replies[i])),
      claimed: claims.map((claim, i) => readClaim(claim, replies[settlements.length + i])),
    };
  }

  async stage(
    { runId, state, leaseToken }: Lease,
    firstIndex: number,
    outputs: readonly StagedOutput[],
    maxBytes: number,
  ): Promise<StageResult> {
    const [word, total] = (await this.run({
      script: scriptNamed('stage'),
      keys: {
        run: this.keys.run(runId),
        staged: this.keys.staged(runId, state, leaseToken),
        routes: this.keys.stagedRoutes(runId, state, leaseToken),
      },
      args: { state, token: leaseToken, ttl: stagedTtlMs, most_bytes: maxBytes },
      moreArgs: outputs.flatMap(({ outputJson, chosen }, i) => [firstIndex + i, outputJson, chosen]),
    })) as ['OK' | 'STALE' | 'SETTLED' | 'BYTES', number?];
    return word === 'BYTES' ? { limit: 'payloadBytes', total: total ?? 0 } : word;
  }

  async isRouted({ runId, state, leaseToken }: Lease): Promise<boolean> {
    return (await this.redis.exists(this.keys.stagedRoutes(runId, state, leaseToken))) === 1;
  }

  async missingEmits(
    { runId, state, leaseToken }: Lease,
    total: number,
  ): Promise<{ first: number; end: number }[]> {
    const staged = this.keys.staged(runId, state, leaseToken);
    const ranges: { first: number; end: number }[] = [];
    const step = 1_000;
    for (let from = 0; from < total && ranges.length < step; from += step) {
      const args = { from, to: Math.min(from + step, total) };
      const bounds = (await this.run({
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

  async expand(
    run: LoadedRun,
    state: number,
    plan: Plan,
    options: { readonly atMost: number; readonly cut?: ExpandCut },
  ): Promise<ExpandResult> {
    const record = (await this.records(run.runId, [state]))[0];
    if (!record) return { kind: 'gone' };
    return readExpandResult(await this.run(expandCall(this.keys, run, state, record, plan, options)));
  }

  async decide(
    run: LoadedRun,
    scopes: readonly ScopeAddress[],
  ): Promise<{ isCancelling: boolean; readyNodes: number[] }> {
    const reply = (await this.run(decideCall(this.keys, run, scopes))) as (string | number)[];
    return { isCancelling: reply[2] === 1, readyNodes: reply.slice(3).map(Number) };
  }

  async cancelled(
    run: LoadedRun,
    job: CancelJob,
    release: Parameters<RunStorage['cancelled']>[2],
  ): Promise<void> {
    await this.run(unmarkCall(this.keys, run, job, release));
  }

  async marks(runId: string): Promise<string> {
    return (await this.redis.hget(this.keys.run(runId), 'marks')) ?? '';
  }

  async markCancelled(
    run: LoadedRun,
    target: MarkTarget,
    end: { readonly outcome: 'CANCELLED' | 'FAILED'; readonly reason: string },
  ): Promise<MarkResult> {
    return (await this.run(markCall(this.keys, run, target, { kind: 'cancel', ...end }))) as MarkResult;
  }

  async pause(run: LoadedRun, target: MarkTarget): Promise<MarkResult> {
    return (await this.run(markCall(this.keys, run, target, { kind: 'pause' }))) as MarkResult;
  }

  async resume(run: LoadedRun, target: MarkTarget): Promise<MarkResult> {
    const call = markCall(this.keys, run, target, { kind: 'resume' });
    const first = (await this.run(call)) as MarkResult | 'MORE';
    for (let reply = first; reply === 'MORE'; ) reply = (await this.run(call)) as MarkResult | 'MORE';
    return first === 'MORE' ? 'CHANGED' : first;
  }

  async cancelReason(runId: string, target: NonNullable<MarkTarget>): Promise<string> {
    const field = `k${markText(target)}`;
    return (await this.redis.hget(this.keys.run(runId), field)) ?? '';
  }

  async runEnding(runId: string): Promise<{ outcome: 'CANCELLED' | 'FAILED'; reason: string }> {
    const [outcome, reason] = await this.redis.hmget(this.keys.run(runId), 'ending', 'reason');
    return { outcome: outcome === 'FAILED' ? 'FAILED' : 'CANCELLED', reason: reason ?? '' };
  }

  async retry(
    run: LoadedRun,
    state: number,
    record: StateRecord,
    scopes: readonly RetryScope[],
    delayMs: number,
  ): Promise<RetryResult> {
    const seen = await this.redis.hget(this.keys.run(run.runId), String(state));
    if (seen === null || decodeState(seen).status !== record.status) return { kind: 'CHANGED' };
    const reply = await this.run(retryCall(this.keys, run, state, { record, seen, delayMs }, scopes));
    return typeof reply === 'number'
      ? { kind: 'OK', replacement: reply }
      : { kind: reply as Exclude<RetryResult['kind'], 'OK'> };
  }

  async retire(runId: string, run: LoadedRun | undefined): Promise<void> {
    if (run && (await this.run(retireCall(this.keys, run))) === 'KEPT') return;
    // What it staged is found by what it committed of it; who dies in between leaves the run in the set.
    const wide = this.keys.wide(runId);
    for (let members = await this.redis.srandmember(wide, 200); members.length > 0; ) {
      const staged = members.flatMap((member) => {
        const [, state = '', token = ''] = /^(\d+)\.(.*)$/.exec(member) ?? [];
        return [
          this.keys.staged(runId, Number(state), token),
          this.keys.stagedRoutes(runId, Number(state), token),
        ];
      });
      await this.redis.unlink(...staged);
      await this.redis.srem(wide, ...members);
      members = await this.redis.srandmember(wide, 200);
    }
    await this.redis.zrem(this.keys.retiring(this.shardOf(runId)), runId);
  }

  async scopeText(runId: string, scope: ScopeAddress): Promise<string> {
    return (await this.redis.hget(this.keys.run(runId), `u${scopeId(scope)}`)) ?? '';
  }

  async uncount(
    runId: string,
    states: readonly { readonly state: number; readonly countsIn: readonly ScopeBranch[] }[],
  ): Promise<void> {
    if (states.length > 0) await this.run(uncountCall(this.keys, runId, states));
  }

  async promote(run: LoadedRun, node: number, states: readonly number[]): Promise<void> {
    const { runId, namespace, graph } = run;
    const shard = this.keys.shardOf(runId);
    await this.run({
      script: scriptNamed('promote'),
      keys: {
        run: this.keys.run(runId),
        due: this.keys.due(shard),
        ready: this.keys.ready(runId, node),
        work: this.keys.work(shard, namespace, nodeAt(graph, node).nodeName),
      },
      args: {
        run_id: runId,
        node,
        rank: rankOf(run),
        wake: wakeMessage(run, node),
        wake_channel: this.keys.wakeChannel(),
        cap: nodeAt(graph, node).maxParallel ?? 0,
      },
      moreArgs: states,
    });
  }
}
