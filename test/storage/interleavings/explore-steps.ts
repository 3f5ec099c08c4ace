/** Steps that can happen next to one run, as a search takes them: each is one or more calls of the real storage. */
import type { Redis } from 'ioredis';
import type { StateRecord } from '../../../services/state-manager/domain/run/state-record.ts';
import { storeLimits } from '../../../services/state-manager/domain/run/store.ts';
import type { CancelJob } from '../../../services/state-manager/engine/ports/control.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type {
  PlannedReport,
  Settlement,
  SettleResult,
} from '../../../services/state-manager/engine/ports/settling.ts';
import type { RunStorage } from '../../../services/state-manager/engine/ports/storage.ts';
import { planAgain } from '../../../services/state-manager/engine/turn/expander.ts';
import { readJob } from '../../../services/state-manager/storage/layout/marks.ts';
import { readScopeId } from '../../../services/state-manager/storage/layout/scope-record.ts';
import { audit } from '../../support/audit/auditor.ts';
import type { RunSnapshot } from '../../support/audit/run-snapshot.ts';
import { beginRun } from '../begin-run.ts';
import { newRun, type StorageFixture } from '../fixture.ts';
import {
  emitted,
  errored,
  executed,
  type Held,
  lost,
  pruned,
  returned,
  SessionDriver,
  sealed,
  values,
} from '../session-driver.ts';
import { dyingBehind, type LateWrite, rethrowUnlessDead } from './dying-storage.ts';
import type { ExploreOptions, Left, Step } from './step.ts';
import { lookAt } from './sweep.ts';
import { UserSteps } from './user-steps.ts';

export class ExploreSteps {
  readonly #fixture: StorageFixture;
  readonly #redis: Redis;
  readonly #runs: RunStorage;
  readonly #run: LoadedRun;
  readonly #options: ExploreOptions;
  readonly #driver: SessionDriver;
  readonly #users: UserSteps;
  /** Settlements of other runs, with one report each that is refused. */
  readonly #stale: Settlement[] = [];

  constructor(fixture: StorageFixture, run: LoadedRun, options: ExploreOptions) {
    this.#fixture = fixture;
    this.#redis = fixture.redis;
    this.#runs = fixture.storage.runs;
    this.#run = run;
    this.#options = options;
    this.#driver = new SessionDriver(fixture.storage);
    this.#users = new UserSteps(fixture, run, options);
  }

  async begin(): Promise<void> {
    await this.#driver.attach();
    await beginRun(this.#runs, { ...this.#run, digest: '', inputsJson: '{}' });
    this.#stale.length = 0;
    if (!this.#options.handsOff) return;
    for (const run of [newRun(this.#run.graph), newRun(this.#run.graph)]) {
      await beginRun(this.#runs, { ...run, digest: '', inputsJson: '{}' });
      const [root] = await this.#driver.claim(run);
      await this.#driver.settle(run, [lost(root!)]);
      await this.#driver.claim(run);
      // It was handed out again, so this report is stale, at every place.
      this.#stale.push({ run, reports: [this.#executed(root!)] });
    }
  }

  /** Everything that can happen at a place. */
  all(snapshot: RunSnapshot, left: Left): Step[] {
    const steps = [...snapshot.states].flatMap(([state, record]) => this.#ofState(state, record, snapshot));
    const open = [...snapshot.states].flatMap(([state, record]) => this.#holding(state, record));
    if (open.length > 1 && !this.#options.isOpen)
      steps.push(
        ...this.#settlings(
          'together',
          open.map((held) => this.#executed(held)),
        ),
      );
    for (const scope of snapshot.timers) steps.push(this.#deciding(scope));
    for (const job of snapshot.jobs) steps.push(...this.#sweeping(job));
    steps.push(...this.#users.resuming(snapshot));
    const isEnded = snapshot.fields.has('ended') || snapshot.fields.has('ending');
    if (left.cancels > 0 && !isEnded) steps.push(...this.#users.cancelling(snapshot));
    if (left.pauses > 0 && !isEnded) steps.push(...this.#users.pausing(snapshot));
    if (left.retries > 0)
      for (const [state, record] of snapshot.states)
        steps.push(...this.#users.retrying(state, record, snapshot));
    return steps;
  }

  /** Complains of what is leased below marks. @param snapshot taken behind the lease */
  checkLeased(held: readonly Held[], snapshot: RunSnapshot): Promise<string[]> {
    return this.#users.checkLeased(held, snapshot);
  }

  /** Complains of what is cancelled by marks that are older. */
  checkRetried(snapshot: RunSnapshot): Promise<string[]> {
    return this.#users.checkRetried(snapshot);
  }

  /** The reports that the holder of a lease could send, in whatever order: late they must change nothing. */
  lateReports(held: Held): PlannedReport[] {
    return [this.#executed(held), errored(held, false), lost(held)];
  }

  /** Outputs that were accepted before, emitted once more under a lease that is good: they must change nothing. */
  repeatedEmits(snapshot: RunSnapshot): PlannedReport[] {
    return [...snapshot.states].flatMap(([state, record]) => {
      const isEmitting = record.hasEmitted && Number(snapshot.fields.get(`y${record.work}`)) > 0;
      return isEmitting ? this.#holding(state, record).map((held) => emitted(held, 0, values(1))) : [];
    });
  }

  /** A look at what is cancelled already, by a state manager that has not heard of it. */
  async lateLook(member: string): Promise<void> {
    const job = readJob(`${this.#run.runId}:${member}`, 1);
    await lookAt(this.#fixture.storage, this.#run, job);
  }

  #holding(state: number, record: StateRecord): Held[] {
    return record.status === 'QUEUED' ? [{ run: this.#run, state, record }] : [];
  }

  #ofState(state: number, record: StateRecord, snapshot: RunSnapshot): Step[] {
    const { status, standing, leaseToken } = record;
    const isReady = snapshot.ready[standing.node]!.includes(state);
    const steps: Step[] = [];
    // An entry that is late is claimed too: it gives nothing. Of a run that is being cancelled nothing is.
    if (isReady && !snapshot.fields.has('ending'))
      steps.push({ name: `claim ${state}`, take: () => this.#claim(standing.node, state) });
    else if (snapshot.due.has(state))
      steps.push({ name: `promote ${state}`, take: () => this.#promote(standing.node, state) });
    if (status === 'EXECUTED')
      steps.push({ name: `expand ${state}`, take: () => this.#expand(state, record) });
    const isHeld =
      status === 'QUEUED' || (status === 'CREATED' && leaseToken !== '' && !leaseToken.endsWith('~'));
    if (isHeld) steps.push(...this.#ofLease({ run: this.#run, state, record }));
    return steps;
  }

  #ofLease(held: Held): Step[] {
    const { state, record } = held;
    const settling = (kind: string, report: PlannedReport) => this.#settlings(`${kind} ${state}`, [report]);
    const isRoot = record.standing.node === this.#run.graph.root;
    const steps: Step[] = [];
    if (!isRoot || this.#options.rootFails) steps.push(...settling('errored', errored(held, true)));
    if (this.#options.isOpen && isRoot) {
      const accepted = Number(record.hasEmitted ? -1 : 0);
      steps.push({ name: `emit or seal ${state}`, take: () => this.#emit(held, accepted) });
    } else {
      steps.push(...settling('executed', this.#executed(held)));
      if (this.#options.prunes) steps.push(...settling('pruned', pruned(held)));
    }
    if (record.status !== 'QUEUED') return steps;
    if (this.#options.returns !== false) steps.push(...settling('returned', returned(held)));
    if (record.losses < this.#options.losses) steps.push(this.#losing(held));
    return steps;
  }

  /** The next output, or the end. What comes too late is refused as settled. */
  async #emit(held: Held, known: number): Promise<readonly Held[]> {
    const { runId } = this.#run;
    const accepted = known === 0 ? 0 : (await this.#runs.acceptedEmits(runId, [held.record.work]))[0]!;
    const isLast = accepted >= this.#options.width;
    const report = isLast ? sealed(held, accepted) : emitted(held, accepted, values(1));
    const result = await this.#driver.settle(this.#run, [report]);
    if (result.kind === 'committed') return [];
    const reason = result.kind === 'refused' ? result.reasons.get(held.state) : result.kind;
    if (
      reason === 'SETTLED' ||
      reason === 'UNNEEDED' ||
      (reason === 'STALE' && held.record.status === 'CREATED')
    )
      return [];
    throw new Error(`${isLast ? 'a seal' : 'an emit'} was refused: ${JSON.stringify(reason)}`);
  }

  /** Takes reports, and if the options say so also with what they make ready going to the session at once. */
  #settlings(name: string, reports: readonly PlannedReport[]): Step[] {
    const plain = this.#settling(name, reports, (rest) => this.#driver.settle(this.#run, rest));
    if (!this.#options.handsOff) return [plain];
    return [plain, this.#settling(`${name}, handed off`, reports, (rest) => this.#settleWithTaker(rest))];
  }

  async #settleWithTaker(reports: readonly PlannedReport[]): Promise<SettleResult> {
    const [before, behind] = this.#stale;
    const settlements = [before!, { run: this.#run, reports }, behind!];
    const takers = [this.#driver.taker(this.#run)];
    const { settled } = await this.#runs.commit({ settlements, takers });
    for (const { kind } of [settled[0]!, settled[2]!])
      if (kind !== 'refused') throw new Error(`a stale report beside it was ${kind}`);
    for (const { run } of this.#stale) {
      const [violation] = await audit(this.#redis, this.#fixture.keyPrefix, run.runId, run.graph);
      if (violation) throw new Error(`the run beside it was touched: ${violation}`);
    }
    await this.#checkWritten(settled[1]!);
    return settled[1]!;
  }

  /** Checks that what was handed off is leased in storage, too. */
  async #checkWritten(result: SettleResult): Promise<void> {
    if (result.kind !== 'committed') return;
    for (const { state, record } of result.handedOff) {
      const [stored] = await this.#runs.records(this.#run.runId, [state]);
      if (stored?.leaseToken !== record.leaseToken) throw new Error(`${state} was handed off and not leased`);
    }
  }

  /** Takes reports under good leases: refused only for what is to be cancelled. */
  #settling(
    name: string,
    reports: readonly PlannedReport[],
    settle: (rest: readonly PlannedReport[]) => Promise<SettleResult>,
  ): Step {
    return {
      name,
      take: async () => {
        let rest = reports;
        while (rest.length > 0) {
          const result = await settle(rest);
          if (result.kind === 'committed') return result.handedOff;
          if (result.kind !== 'refused') throw new Error(`it was ${result.kind}`);
          const { reasons } = result;
          for (const [state, reason] of reasons)
            if (reason !== 'SETTLED') throw new Error(`the report on ${state} was refused: ${reason}`);
          rest = rest.filter(({ state }) => !reasons.has(state));
        }
        return [];
      },
    };
  }

  /** The session's deadline passes, a sweeper takes the lease, and the session comes back. */
  #losing(held: Held): Step {
    const { sessionId } = this.#driver;
    const sessions = this.#fixture.keys.sessions(0);
    const settling = this.#settling(`lost ${held.state}`, [lost(held)], (rest) =>
      this.#driver.settle(this.#run, rest, sessionId),
    );
    return {
      ...settling,
      take: async () => {
        const deadline = await this.#redis.zscore(sessions, sessionId);
        await this.#redis.zadd(sessions, 1, sessionId);
        await settling.take();
        await this.#redis.zadd(sessions, deadline!, sessionId);
        return [];
      },
    };
  }

  /** Claims one state: the order of the ready ones is not promised. */
  async #claim(node: number, state: number): Promise<readonly Held[]> {
    const list = this.#fixture.keys.ready(this.#run.runId, node);
    await this.#redis.multi().lrem(list, 1, state).lpush(list, state).exec();
    return this.#driver.claim(this.#run, [node], 1);
  }

  async #promote(node: number, state: number): Promise<readonly Held[]> {
    await this.#redis.zadd(this.#fixture.keys.due(0), 1, `${this.#run.runId}:${state}:${node}`);
    await this.#runs.promote(this.#run, node, [state]);
    return [];
  }

  async #expand(state: number, record: StateRecord): Promise<readonly Held[]> {
    await this.#runs.expand(this.#run, state, planAgain(this.#run, state, record), { atMost: 1 });
    return [];
  }

  #deciding(scope: string): Step {
    return {
      name: `decide ${scope}`,
      take: async () => {
        await this.#redis.zadd(this.#fixture.keys.timers(0), 1, `${this.#run.runId}:${scope}`);
        await this.#runs.decide(this.#run, [readScopeId(scope)]);
        return [];
      },
    };
  }

  /** A whole look at what is to be cancelled, and looks that end behind one or two writes. */
  #sweeping(member: string): Step[] {
    return [Number.POSITIVE_INFINITY, 1, 2].map((writes) => ({
      name: Number.isFinite(writes) ? `sweep ${member} and die behind ${writes}` : `sweep ${member}`,
      take: async () => {
        const runs = dyingBehind(writes, this.#runs);
        await lookAt(this.#fixture.storage, this.#run, await this.#job(member), runs).catch(
          rethrowUnlessDead,
        );
        return [];
      },
    }));
  }

  async #job(member: string, takenAt = 1): Promise<CancelJob> {
    await this.#redis.zadd(this.#fixture.keys.cancelling(0), takenAt, `${this.#run.runId}:${member}`);
    return readJob(`${this.#run.runId}:${member}`, takenAt);
  }

  /**
   * The first writes of looks at everything that is to be cancelled, for a state manager that makes them later. Looks
   * of others have other times.
   */
  async slowLooks(snapshot: RunSnapshot): Promise<LateWrite[]> {
    const found: LateWrite[] = [];
    for (const member of snapshot.jobs) {
      const runs = dyingBehind(0, this.#runs, (write) => found.push(write));
      await lookAt(this.#fixture.storage, this.#run, await this.#job(member, 2), runs).catch(
        rethrowUnlessDead,
      );
    }
    return found;
  }

  #executed(held: Held): PlannedReport {
    const changes = [{ kind: 'increment', key: 'executed', by: 1 } as const];
    const isRoot = held.record.standing.node === this.#run.graph.root;
    const report = executed(held, values(isRoot ? this.#options.width : 1));
    const { step } = report.plan;
    const isWide = this.#options.isWide === true && isRoot && step.kind === 'succeed';
    const plan = isWide ? { ...report.plan, step: { ...step, isWide: true } } : report.plan;
    return { ...report, plan, store: { changes, limits: storeLimits(1_000, 1_000_000) } };
  }
}
