/** A tenant that plays hostile input at full rate, beside one that must not notice: the course of it, and what is demanded. */
import { cpus, loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  GetUsageResponse__Output,
  ListGraphsResponse__Output,
  ListRunsResponse__Output,
} from '@fanout/proto';
import type { ServiceError } from '@grpc/grpc-js';
import { eventually } from '../../support/eventually.ts';
import type { LoggedEvent } from '../../support/state-manager.ts';
import { type AbusedSystem, percentile, startAbused } from '../abused-system.ts';
import type { Experience } from '../bystander.ts';
import { caseOf } from './cases.ts';
import { Lane, Notes } from './lane.ts';

export interface AbuseOptions {
  readonly seed: number;
  /** Time for which the attacker plays, milliseconds. */
  readonly attackMs: number;
  /** Only these cases, once each, instead of all from the first one on until the time is over. */
  readonly numbers?: readonly number[];
  /** Cases that are played at once; 4 if absent. */
  readonly lanes?: number;
  /** Is told what happens, at once. */
  readonly say?: (line: string) => void;
}

export interface AbuseReport {
  readonly seed: number;
  /** Number of cases by kind. */
  readonly cases: ReadonlyMap<string, number>;
  /** Number of answers by reason. */
  readonly answers: ReadonlyMap<string, number>;
  /** Experience of the bystander before the attack, and during it. */
  readonly quiet: Experience;
  readonly attacked: Experience;
  /** The longest turn of the state manager's event loop by processor time, and the cases that were played in that second. */
  readonly longestTurn: { readonly ms: number; readonly playing: string };
  /** Memory of the state manager without garbage, before the attack and after it, and its highest, bytes. */
  readonly memory: { readonly begin: number; readonly end: number; readonly highest: number };
  readonly violations: readonly string[];
}

/** Bounds of a machine that does nothing else; a loaded one has as much more as it has too few cores. */
const maxPingMs = 1_000;
const maxRunMs = 3_000;
/** Bound of a turn of the event loop by processor time, which does not depend on what else a machine does. */
const maxTurnMs = 600;
/** Bound of the bystander's p99, as a multiple of what it had before; where that is little, its runs may take so long. */
const maxRatio = 10;
const fairRunMs = 1_000;
/** Growth that is none: caches that were empty, and threads that check schemas. */
const maxGrownBytes = 250_000_000;
/** Time that a case may take, milliseconds: all its calls have deadlines. */
const caseMs = 120_000;
const quietMs = 3_000;
const endMs = 60_000;

/** A deployment for tenants that do not trust each other: what has ended goes soon, and quotas fit one machine. */
const settings = {
  FANOUT_RETENTION_MS: '10000',
  FANOUT_MAX_RETENTION_MS: '10000',
  FANOUT_QUOTA_RUNS: '10000',
  FANOUT_QUOTA_BYTES: '2000000000',
  FANOUT_QUOTA_NODES: '3000',
  FANOUT_QUOTA_GRAPHS: '500',
};

/** Events that tell of a fault of the state manager itself, beside all of the level `error`. */
const faultEvents = new Set([
  ...['turn_failed', 'claim_failed', 'settle_failed', 'expand_failed', 'assign_failed', 'loop_failed'],
  ...['report_not_taken', 'check_thread_failed', 'storage_unhealthy', 'redis_error', 'call_failed'],
]);

function isFault({ event, level }: LoggedEvent): boolean {
  return level === 'error' || faultEvents.has(event);
}

class Abuse {
  readonly #options: AbuseOptions;
  readonly #system: AbusedSystem;
  readonly #notes = new Notes();
  readonly #cases = new Map<string, number>();
  readonly #violations = new Set<string>();
  readonly #lanes: readonly Lane[];
  #longestTurn = { ms: 0, playing: '' };
  #next = 0;
  #hasDied = false;
  #isOver = false;

  constructor(options: AbuseOptions, system: AbusedSystem) {
    this.#options = options;
    this.#system = system;
    const { stateManager, attacker, attackerClientToken, attackerRuntimeToken } = system;
    const target = {
      address: stateManager.address,
      client: attacker,
      clientToken: attackerClientToken,
      runtimeToken: attackerRuntimeToken,
    };
    this.#lanes = Array.from(
      { length: options.lanes ?? 4 },
      (_, number) => new Lane(number, target, this.#notes),
    );
    void stateManager.exited.then(({ code, signal }) => {
      if (this.#isOver) return;
      this.#hasDied = true;
      this.#violated(`the state manager has ended: ${signal ?? code}`);
    });
  }

  async run(): Promise<AbuseReport> {
    const quiet = await this.#system.during(() => delay(quietMs));
    const begin = await this.#system.keptBytes();
    const attacked = await this.#system.during(() => this.#attack());
    await this.#endAll();
    const end = await this.#system.keptBytes();
    this.#lookAtLog();
    this.#isOver = true;
    this.#judge(quiet.seen, attacked.seen, end - begin);
    return {
      seed: this.#options.seed,
      cases: this.#cases,
      answers: this.#notes.answers,
      quiet: quiet.seen,
      attacked: attacked.seen,
      longestTurn: this.#longestTurn,
      memory: { begin, end, highest: begin + attacked.grownBytes },
      violations: [...this.#violations],
    };
  }

  /** Tells of a violation once, with the cases that were being played. */
  #violated(what: string): void {
    const playing = this.#playing();
    if (this.#violations.has(what)) return;
    this.#violations.add(what);
    this.#options.say?.(`VIOLATION ${what}${playing === '' ? '' : `, while ${playing}`}`);
  }

  /** Tells the cases that are being played. */
  #playing(): string {
    return this.#lanes.flatMap(({ playing }) => playing || []).join(', ');
  }

  async #attack(): Promise<void> {
    const endAt = performance.now() + this.#options.attackMs;
    const playing = Promise.all(this.#lanes.map((lane) => this.#play(lane, endAt)));
    let isOver = false;
    void playing.finally(() => {
      isOver = true;
    });
    while (!isOver && !this.#hasDied) {
      await Promise.race([playing, delay(1_000)]);
      this.#lookAtLog();
      await this.#lookAtTurns();
    }
    await playing;
  }

  async #lookAtTurns(): Promise<void> {
    const turnMs = await this.#system.longestTurn().catch(() => 0);
    if (turnMs > this.#longestTurn.ms) this.#longestTurn = { ms: turnMs, playing: this.#playing() };
    if (turnMs > maxTurnMs)
      this.#violated(`the event loop worked for ${Math.round(turnMs)} ms without a pause`);
  }

  /** Number of the next case; undefined: there is none any more. */
  #nextCase(endAt: number): number | undefined {
    if (this.#hasDied) return undefined;
    const at = this.#next++;
    if (this.#options.numbers) return this.#options.numbers[at];
    return performance.now() < endAt ? at : undefined;
  }

  async #play(lane: Lane, endAt: number): Promise<void> {
    for (;;) {
      const number = this.#nextCase(endAt);
      if (number === undefined) return;
      const hostile = caseOf(this.#options.seed, number);
      lane.playing = `case ${number} (${hostile.kind})`;
      await this.#playCase(lane, () => hostile.play(lane));
      this.#cases.set(hostile.kind, (this.#cases.get(hostile.kind) ?? 0) + 1);
      for (const fault of this.#notes.faults.splice(0)) this.#violated(fault);
      lane.playing = '';
    }
  }

  async #playCase(lane: Lane, play: () => Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it has not ended within ${caseMs} ms`)), caseMs);
    });
    try {
      await Promise.race([play(), late]);
    } catch (error) {
      if ((error as ServiceError).metadata) lane.refused('a call', error as ServiceError);
      else if (!this.#hasDied) this.#violated(`${lane.playing}: ${(error as Error).message}`);
    } finally {
      clearTimeout(timer);
    }
  }

  #lookAtLog(): void {
    for (const fault of this.#system.stateManager.events().filter(isFault))
      this.#violated(`the state manager has logged ${JSON.stringify(fault).slice(0, 1_500)}`);
  }

  /** Ends every run of the attacker, deletes its graphs, and sees that nothing of it goes on. */
  async #endAll(): Promise<void> {
    if (this.#hasDied) return;
    try {
      await eventually(() => this.#endRuns(), { timeoutMs: endMs, intervalMs: 500 });
      await eventually(() => this.#deleteGraphs(), { timeoutMs: endMs, intervalMs: 500 });
      await eventually(() => this.#isUnused(), { timeoutMs: endMs, intervalMs: 500 });
    } catch (error) {
      this.#violated(`not all of the attacker could be ended: ${(error as Error).message}`);
    }
  }

  async #endRuns(): Promise<boolean> {
    const { attacker } = this.#system;
    const { runs = [] } = await attacker.call<ListRunsResponse__Output>((...more) =>
      attacker.runs.listRuns({ status: 'RUN_STATUS_RUNNING', pageSize: 1_000 }, ...more),
    );
    for (const { runId = '' } of runs)
      await attacker.call((...more) => attacker.runs.cancelRun({ runId }, ...more));
    return runs.length === 0;
  }

  async #deleteGraphs(): Promise<boolean> {
    const { attacker } = this.#system;
    const { graphs = [] } = await attacker.call<ListGraphsResponse__Output>((...more) =>
      attacker.graphs.listGraphs({ pageSize: 100 }, ...more),
    );
    for (const { name = '' } of graphs)
      await attacker.call((...more) => attacker.graphs.deleteGraph({ name }, ...more));
    return graphs.length === 0;
  }

  /** True when nothing counts against the quotas of what goes on. @throws Error with what does */
  async #isUnused(): Promise<boolean> {
    const { admin } = this.#system;
    const { quotas = [] } = await admin.call<GetUsageResponse__Output>((...more) =>
      admin.admin.getUsage({ namespace: 'attacker' }, ...more),
    );
    const goesOn = new Set(['QUOTA_STREAMS', 'QUOTA_WATCHES', 'QUOTA_RUNS', 'QUOTA_GRAPHS']);
    const left = quotas.filter(({ quota, used }) => goesOn.has(quota ?? '') && used);
    if (left.length > 0) throw new Error(`${left.map(({ quota, used }) => `${quota}: ${used}`)} are left`);
    return true;
  }

  #judge(quiet: Experience, attacked: Experience, grownBytes: number): void {
    const share = Math.max(1, loadavg()[0]! / cpus().length);
    const demand = (isMet: boolean, what: string) => {
      if (!isMet) this.#violated(what);
    };
    const errors = [...new Set(attacked.errors)];
    demand(
      errors.length === 0,
      `the bystander got ${attacked.errors.length} errors: ${errors.slice(0, 5).join('; ')}`,
    );
    const longest = attacked.pingsMs.reduce((most, each) => Math.max(most, each), 0);
    demand(longest <= maxPingMs * share, `a health check took ${Math.round(longest)} ms`);
    const longestRun = attacked.runsMs.reduce((most, each) => Math.max(most, each), 0);
    demand(longestRun <= maxRunMs * share, `a run of the bystander took ${Math.round(longestRun)} ms`);
    const [before, during] = [percentile(quiet.runsMs, 0.99), percentile(attacked.runsMs, 0.99)];
    const told = `the bystander's runs took ${Math.round(during)} ms at p99, and ${Math.round(before)} ms before`;
    demand(during <= Math.max(maxRatio * before, fairRunMs * share), told);
    demand(grownBytes <= maxGrownBytes, `memory has grown by ${Math.round(grownBytes / 1e6)} MB`);
  }
}

/** Plays hostile input against a state manager of its own. @throws Error it cannot be started */
export async function runAbuse(options: AbuseOptions): Promise<AbuseReport> {
  const system = await startAbused(settings);
  try {
    return await new Abuse(options, system).run();
  } finally {
    await system.stop();
  }
}
