/** Steps of users on one run, for a search, and the promises of their marks, which are remembered in Redis as places are. */
import type { Redis } from 'ioredis';
import type { StateRecord } from '../../../services/state-manager/domain/run/state-record.ts';
import { retryState } from '../../../services/state-manager/engine/control/retry-by-hand.ts';
import type { MarkTarget } from '../../../services/state-manager/engine/ports/control.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type { RunStorage } from '../../../services/state-manager/engine/ports/storage.ts';
import { FanoutError } from '../../../services/state-manager/errors.ts';
import { markText } from '../../../services/state-manager/storage/layout/marks.ts';
import { Ancestry } from '../../support/audit/ancestry.ts';
import type { RunSnapshot } from '../../support/audit/run-snapshot.ts';
import type { StorageFixture } from '../fixture.ts';
import type { Held } from '../session-driver.ts';
import { dyingWhenBusy, rethrowUnlessDead } from './dying-storage.ts';
import type { ExploreOptions, Step } from './step.ts';

/** Sets in Redis, so that they are dumped and restored with the place. */
const cancelledKey = 'explored:cancelled';
const retriedKey = 'explored:retried';

export class UserSteps {
  readonly #redis: Redis;
  readonly #runs: RunStorage;
  readonly #run: LoadedRun;
  readonly #options: ExploreOptions;

  constructor({ redis, storage }: StorageFixture, run: LoadedRun, options: ExploreOptions) {
    this.#redis = redis;
    this.#runs = storage.runs;
    this.#run = run;
    this.#options = options;
  }

  cancelling(snapshot: RunSnapshot): Step[] {
    return this.#targets(snapshot).map((target) => ({
      name: `cancel ${told(target)}`,
      byUser: 'cancels',
      take: async () => {
        const end = { outcome: 'CANCELLED', reason: '' } as const;
        if ((await this.#runs.markCancelled(this.#run, target, end)) !== 'CHANGED') return [];
        // Whatever was retried is older than this.
        await this.#redis.del(retriedKey);
        if (target) await this.#redis.sadd(cancelledKey, markText(target));
        return [];
      },
    }));
  }

  pausing(snapshot: RunSnapshot): Step[] {
    return this.#targets(snapshot).map((target) => ({
      name: `pause ${told(target)}`,
      byUser: 'pauses',
      take: async () => {
        await this.#runs.pause(this.#run, target);
        return [];
      },
    }));
  }

  /** Pauses end sooner or later, also when the run has. */
  resuming({ pauses, fields }: RunSnapshot): Step[] {
    const targets: MarkTarget[] = fields.has('paused_at') ? [undefined] : [];
    for (const pause of pauses) {
      const [state, output] = pause.split('.').map(Number);
      targets.push({ state: state!, ...(output !== undefined && { output }) });
    }
    return targets.map((target) => ({
      name: `resume ${told(target)}`,
      take: async () => {
        const result = await this.#runs.resume(this.#run, target);
        if (result !== 'CHANGED') throw new Error(`a pause that stands was not taken away: ${result}`);
        return [];
      },
    }));
  }

  retrying(state: number, record: StateRecord, snapshot: RunSnapshot): Step[] {
    if (record.status !== 'ERRORED' && record.status !== 'CANCELLED') return [];
    return [
      {
        name: `retry ${state}`,
        byUser: 'retries',
        take: async () => {
          const isDone = await retryState(dyingWhenBusy(this.#runs), this.#run, state, record).then(
            () => true,
            (error: Error) => {
              const isRefused = error instanceof FanoutError && error.reason === 'STATE_NOT_RETRYABLE';
              if (!isRefused) rethrowUnlessDead(error);
              return false;
            },
          );
          if (isDone) await this.#remember(state, record, snapshot);
          return [];
        },
      },
    ];
  }

  /** Marks that are older hold nothing of what a retry makes: those above it, and those below its own work. */
  async #remember(state: number, { work }: StateRecord, snapshot: RunSnapshot): Promise<void> {
    const above = new Ancestry(this.#run.graph, snapshot).heldUnder(state);
    const known = await this.#redis.smembers(cancelledKey);
    const outlived = known.filter((mark) => above.includes(mark) || mark.split('.')[0] === String(work));
    if (outlived.length > 0) await this.#redis.srem(cancelledKey, ...outlived);
    const [now] = await this.#runs.records(this.#run.runId, [state]);
    await this.#redis.sadd(retriedKey, now!.replacement!);
  }

  /** Complains of what is leased below a mark or a pause. @param snapshot taken behind the lease */
  async checkLeased(held: readonly Held[], snapshot: RunSnapshot): Promise<string[]> {
    const cancelled = new Set(await this.#redis.smembers(cancelledKey));
    const ancestry = new Ancestry(this.#run.graph, snapshot);
    return held.flatMap(({ state }) => {
      const under = ancestry.heldUnder(state);
      const marks = under.filter((mark) => cancelled.has(mark) || snapshot.pauses.has(mark));
      return marks.map((mark) => `state ${state} was handed out, below the mark ${mark}`);
    });
  }

  /** Complains of what is cancelled though a retry by hand has made it since the last cancel. */
  async checkRetried({ states }: RunSnapshot): Promise<string[]> {
    const violations: string[] = [];
    for (const retried of (await this.#redis.smembers(retriedKey)).map(Number)) {
      const { work } = states.get(retried)!;
      for (const [state, { status }] of states) {
        if (status !== 'CANCELLED' || state < retried || !isOf(states, state, work)) continue;
        const [failure] = await this.#runs.failures(this.#run.runId, [state]);
        if (failure?.code === 'CANCELLED')
          violations.push(`state ${state} is cancelled by a mark that is older than the retry ${retried}`);
      }
    }
    return violations;
  }

  #targets({ states }: RunSnapshot): MarkTarget[] {
    const targets: MarkTarget[] = [undefined];
    for (const [state, { work, fanOut, hasEmitted }] of states) {
      const isNamed = this.#options.marksAnywhere ? work === state : state === 1 && fanOut !== undefined;
      if (isNamed) targets.push({ state: work });
      // Siblings of an attempt that has outputs belong to its work.
      const siblings = fanOut ? fanOut.total + (hasEmitted ? 1 : 0) : this.#options.marksAnywhere ? 1 : 0;
      if (!isNamed && !(this.#options.marksAnywhere && fanOut)) continue;
      for (let output = hasEmitted ? 1 : 0; output < siblings; output++)
        targets.push({ state: work, output });
    }
    return targets;
  }
}

function told(target: MarkTarget): string {
  return target ? markText(target) : 'the run';
}

/** True if a state is an attempt of a work, or has grown from one. */
function isOf(states: RunSnapshot['states'], state: number, work: number): boolean {
  for (let record = states.get(state); record; record = states.get(record.standing.parent))
    if (record.work === work) return true;
  return false;
}
