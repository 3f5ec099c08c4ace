import type { Redis } from 'ioredis';
import type { Plan } from '../../domain/plan/plan.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type {
  CancelJob,
  ControlSteps,
  HeldScope,
  MarkResult,
  MarkTarget,
  RetryResult,
  RetryScope,
  SupersededState,
} from '../../engine/ports/control.ts';
import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import type { Lease } from '../../engine/ports/sessions.ts';
import type {
  ExpandCut,
  ExpandResult,
  RunSteps,
  Settlement,
  SettleResult,
  StagedOutput,
  StageResult,
  Taker,
  Turn,
  TurnResult,
} from '../../engine/ports/settling.ts';
import type { RunStorage } from '../../engine/ports/storage.ts';
import { claimCall, readClaim } from '../calls/claim.ts';
import { decideCall, readDecision } from '../calls/decide.ts';
import { expandCall, readExpandResult } from '../calls/expand.ts';
import { markCall, unmarkCall } from '../calls/mark.ts';
import { type Packed, packNewRuns, packSettlements } from '../calls/pack.ts';
import { promoteCall } from '../calls/promote.ts';
import { retireCall } from '../calls/retire.ts';
import { retryCall, takeBackCall } from '../calls/retry.ts';
import { readSettleResults, settleCall } from '../calls/settle.ts';
import { readStaged, stageCall } from '../calls/stage.ts';
import { supersedeCall } from '../calls/supersede.ts';
import { readTriggered, triggerCall } from '../calls/trigger.ts';
import { runScript, runScripts, type ScriptCall } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { dueMember, runFields } from '../layout/run-fields.ts';
import { decodeState } from '../layout/state-record.ts';

/** States that one command moves at most. */
const statesPerStep = 500;

/** Changes runs: each method is one script, or few, and each script is one step. */
export class RedisRunSteps implements RunSteps, ControlSteps {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async commit(turn: Partial<Turn>): Promise<TurnResult> {
    const { newRuns = [], settlements = [], claims = [], takers = [] } = turn;
    const keys = this.#keys;
    const shardOf = (runId: string) => keys.shardOf(runId);
    const begun = packNewRuns(newRuns, shardOf);
    const settled = packSettlements(settlements, shardOf);
    const replies = await runScripts(this.#redis, [
      ...begun.map(({ items }) => triggerCall(keys, items, takers)),
      ...settled.map(({ items }) => settleCall(keys, items, takers)),
      ...claims.map((claim) => claimCall(keys, claim)),
    ]);
    const [ofBegun, ofSettled] = [replies.splice(0, begun.length), replies.splice(0, settled.length)];
    return {
      isInDoubt: [...ofBegun, ...ofSettled].some((reply) => reply instanceof Error),
      triggered: inOrder(begun, (items, i) => readTriggered(items, takers, ofBegun[i])),
      settled: await this.#settled(settled, ofSettled, takers),
      claimed: claims.map((claim, i) => readClaim(claim, replies[i])),
    };
  }

  /** Reads what became of settlements. Where a call of many runs went wrong, each of them is tried alone: it may be one. */
  async #settled(
    calls: readonly Packed<Settlement>[],
    replies: readonly unknown[],
    takers: readonly Taker[],
  ): Promise<SettleResult[]> {
    const results = inOrder(calls, (items, i) => readSettleResults(items, takers, replies[i]));
    const isBroken = (place: number) => {
      const result = results[place]!;
      return result.kind === 'failed' && result.isOfRun;
    };
    const alone = calls.flatMap(({ items, places }) =>
      items.length > 1 && places.every(isBroken)
        ? places.map((place, i) => ({ place, item: items[i]! }))
        : [],
    );
    if (alone.length === 0) return results;
    // Without takers: it is not known what the call gave them.
    const again = await runScripts(
      this.#redis,
      alone.map(({ item }) => settleCall(this.#keys, [item])),
    );
    alone.forEach(({ place, item }, i) => {
      results[place] = readSettleResults([item], [], again[i])[0]!;
    });
    return results;
  }

  async stage(
    lease: Lease,
    firstIndex: number,
    outputs: readonly StagedOutput[],
    maxBytes: number,
  ): Promise<StageResult> {
    return readStaged(await this.#call(stageCall(this.#keys, lease, firstIndex, outputs, maxBytes)));
  }

  async expand(
    run: LoadedRun,
    state: number,
    plan: Plan,
    options: { readonly atMost: number; readonly cut?: ExpandCut },
  ): Promise<ExpandResult> {
    const packed = await this.#redis.hget(this.#keys.run(run.runId), runFields.state(state));
    if (packed === null) return { kind: 'gone' };
    const call = expandCall(this.#keys, run, state, decodeState(packed), plan, options);
    return readExpandResult(await this.#call(call));
  }

  async decide(
    run: LoadedRun,
    scopes: readonly ScopeAddress[],
  ): Promise<{ isCancelling: boolean; readyNodes: number[] }> {
    return readDecision(await this.#call(decideCall(this.#keys, run, scopes)));
  }

  async cancelled(
    run: LoadedRun,
    job: CancelJob,
    release: Parameters<RunStorage['cancelled']>[2],
  ): Promise<void> {
    await this.#call(unmarkCall(this.#keys, run, job, release));
  }

  async markCancelled(
    run: LoadedRun,
    target: MarkTarget,
    end: { readonly outcome: 'CANCELLED' | 'FAILED'; readonly reason: string },
  ): Promise<MarkResult> {
    return (await this.#call(markCall(this.#keys, run, target, { kind: 'cancel', ...end }))) as MarkResult;
  }

  async pause(run: LoadedRun, target: MarkTarget): Promise<MarkResult> {
    return (await this.#call(markCall(this.#keys, run, target, { kind: 'pause' }))) as MarkResult;
  }

  async resume(run: LoadedRun, target: MarkTarget): Promise<MarkResult> {
    const result = (await this.#call(markCall(this.#keys, run, target, { kind: 'resume' }))) as MarkResult;
    if (result === 'CHANGED') await this.unpark(run);
    return result;
  }

  async unpark(run: LoadedRun): Promise<void> {
    const call = markCall(this.#keys, run, undefined, { kind: 'unpark' });
    while ((await this.#call(call)) === 'MORE');
  }

  async retry(
    run: LoadedRun,
    state: number,
    record: StateRecord,
    scopes: readonly RetryScope[],
    delayMs: number,
    takenBackBy?: HeldScope,
    correctionJson?: string,
  ): Promise<RetryResult> {
    const seen = await this.#redis.hget(this.#keys.run(run.runId), runFields.state(state));
    if (seen === null || decodeState(seen).status !== record.status) return { kind: 'CHANGED' };
    const retried = { record, seen, delayMs, takenBackBy, correctionJson };
    const reply = await this.#call(retryCall(this.#keys, run, state, retried, scopes));
    return typeof reply === 'number'
      ? { kind: 'OK', replacement: reply }
      : { kind: reply as Exclude<RetryResult['kind'], 'OK'> };
  }

  async takeBack(
    run: LoadedRun,
    scope: HeldScope,
    branches: { readonly from: number; readonly past: number },
    newest: number,
  ): Promise<boolean> {
    return (await this.#call(takeBackCall(this.#keys, run, scope, branches, newest))) === 'MORE';
  }

  async retire(
    runId: string,
    run: LoadedRun | undefined,
    { isUnwanted = false }: { readonly isUnwanted?: boolean } = {},
  ): Promise<boolean> {
    let reply: unknown = [''];
    // A run that has labels tells them, so that those without any cost one call.
    while (run && Array.isArray(reply))
      reply = await this.#call(retireCall(this.#keys, run, isUnwanted, String(reply[0])));
    if (reply === 'KEPT') return false;
    // A crash in between leaves the run in the set.
    const wide = this.#keys.wide(runId);
    for (let members = await this.#redis.srandmember(wide, 200); members.length > 0; ) {
      const staged = members.flatMap((member) => {
        const [, state = '', token = ''] = /^(\d+)\.(.*)$/.exec(member) ?? [];
        return [
          this.#keys.staged(runId, Number(state), token),
          this.#keys.stagedRoutes(runId, Number(state), token),
          this.#keys.stagedLabels(runId, Number(state), token),
        ];
      });
      await this.#redis.unlink(...staged);
      await this.#redis.srem(wide, ...members);
      members = await this.#redis.srandmember(wide, 200);
    }
    await this.#redis.zrem(this.#keys.retiring(this.#keys.shardOf(runId)), runId);
    return true;
  }

  async supersede(runId: string, states: readonly SupersededState[]): Promise<void> {
    await this.#call(supersedeCall(this.#keys, runId, states));
  }

  async promote(run: LoadedRun, node: number, states: readonly number[]): Promise<void> {
    await this.#call(promoteCall(this.#keys, run, node, states));
  }

  #call(call: ScriptCall): Promise<unknown> {
    return runScript(this.#redis, call);
  }

  async hasten(runId: string, states: readonly { state: number; node: number }[]): Promise<void> {
    const key = this.#keys.due(this.#keys.shardOf(runId));
    for (let from = 0; from < states.length; from += statesPerStep) {
      const step = states.slice(from, from + statesPerStep);
      await this.#redis.zadd(key, 'XX', ...step.flatMap((state) => [0, dueMember(runId, state)]));
    }
  }
}

/** Puts results of packed steps into the order of the turn. */
function inOrder<T, R>(
  packed: readonly Packed<T>[],
  read: (items: readonly T[], call: number) => readonly R[],
): R[] {
  const results: R[] = [];
  packed.forEach(({ items, places }, call) => {
    read(items, call).forEach((result, i) => {
      results[places[i]!] = result;
    });
  });
  return results;
}
