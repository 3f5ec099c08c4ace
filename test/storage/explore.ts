/** A breadth-first search through what can happen to one run. */
import type { Redis } from 'ioredis';
import type { Graph } from '../../services/state-manager/domain/graph.ts';
import type { StateRecord } from '../../services/state-manager/domain/record.ts';
import { storeLimits } from '../../services/state-manager/domain/store.ts';
import type { PlannedReport } from '../../services/state-manager/engine/commit-ports.ts';
import type { LoadedRun } from '../../services/state-manager/engine/run-ports.ts';
import { decodeState } from '../../services/state-manager/storage/record-codec.ts';
import { audit } from '../support/auditor.ts';
import { newRun, type StorageFixture } from './fixture.ts';
import { errored, executed, type Held, lost, returned, SessionDriver, values } from './session-driver.ts';

export interface Exploration {
  /** Places that differ by more than times, tokens and the names of branches. */
  readonly places: number;
  readonly steps: number;
  /** Reports that came again, late or too late, and changed nothing. */
  readonly refused: number;
  /** How runs ended. */
  readonly ends: ReadonlySet<string>;
  /** Each with the steps that lead to it. */
  readonly violations: readonly string[];
}

interface Place {
  readonly dump: ReadonlyMap<string, Buffer>;
  readonly trail: readonly string[];
  /** What was once leased, with the records that their holders know. */
  readonly held: readonly Held[];
}

interface Step {
  readonly kind: string;
  /** 0: all that can be reported on. */
  readonly state: number;
  /** Does it; gives what was leased by it. */
  take(): Promise<readonly Held[]>;
}

/**
 * Explores a graph whose root gives `width` outputs.
 * @param options.losses how often a state can lose its lease
 */
export async function explore(
  fixture: StorageFixture,
  graph: Graph,
  options: { width: number; losses: number },
): Promise<Exploration> {
  return new Exploring(fixture, graph, options).all();
}

class Exploring {
  readonly #fixture: StorageFixture;
  readonly #redis: Redis;
  readonly #run: LoadedRun;
  readonly #width: number;
  readonly #losses: number;
  readonly #driver: SessionDriver;
  readonly #seen = new Set<string>();
  readonly #ends = new Set<string>();
  readonly #violations: string[] = [];
  #queue: Place[] = [];
  #steps = 0;
  #refused = 0;

  constructor(fixture: StorageFixture, graph: Graph, { width, losses }: { width: number; losses: number }) {
    this.#fixture = fixture;
    this.#redis = fixture.redis;
    this.#run = newRun(graph);
    this.#width = width;
    this.#losses = losses;
    this.#driver = new SessionDriver(fixture.storage);
  }

  async all(): Promise<Exploration> {
    await this.#redis.flushdb();
    // Dumps are compared, and only listpacks keep their order when they are restored.
    await this.#redis.config('SET', 'hash-max-listpack-value', 4096);
    await this.#driver.attach();
    await this.#fixture.storage.runs.trigger({ ...this.#run, digest: '', inputsJson: '{}' });
    await this.#arrive([], []);
    for (let place = this.#queue.shift(); place && this.#violations.length < 5; place = this.#queue.shift()) {
      await this.#leave(place);
    }
    return {
      places: this.#seen.size,
      steps: this.#steps,
      refused: this.#refused,
      ends: this.#ends,
      violations: this.#violations,
    };
  }

  /** Audits the place that was reached, and puts it into the queue if it is new. */
  async #arrive(trail: readonly string[], held: readonly Held[]): Promise<void> {
    const { keys, keyPrefix } = this.#fixture;
    const { runId, graph } = this.#run;
    const fields = await this.#redis.hgetall(keys.run(runId));
    const name = [fields.status, ...livesOf(recordsOf(fields), await this.#readyStates()).values()]
      .sort()
      .join(' ');
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    if (fields.status !== 'RUNNING') this.#ends.add(fields.status ?? '');
    for (const violation of await audit(this.#redis, keyPrefix, runId, graph)) this.#broken(trail, violation);
    const counted = [...recordsOf(fields).values()].filter(({ fanOut }) => fanOut !== undefined).length;
    const stored = Number(await this.#redis.hget(keys.store(runId), 'executed'));
    if (stored !== counted) this.#broken(trail, `the store counts ${stored} executed, recounted ${counted}`);
    this.#queue.push({ dump: await this.#dump(), trail, held });
  }

  async #leave(place: Place): Promise<void> {
    await this.#restore(place);
    const records = recordsOf(await this.#redis.hgetall(this.#fixture.keys.run(this.#run.runId)));
    await this.#sendAgain(place, records);
    const steps = await this.#stepsFrom(place, records);
    for (const [i, step] of steps.entries()) {
      if (i > 0) await this.#restore(place);
      this.#steps += 1;
      const leased = await step.take();
      await this.#arrive([...place.trail, `${step.kind} ${step.state}`], [...place.held, ...leased]);
    }
  }

  /** Every report that comes again or too late, as executed, errored and lost: it must change nothing. */
  async #sendAgain({ dump, trail, held }: Place, records: ReadonlyMap<number, StateRecord>): Promise<void> {
    const late = held.filter(({ state, record }) => !isOpen(records.get(state), record.leaseToken));
    if (late.length === 0) return;
    const reports = late.flatMap((one) => [this.#executed(one), errored(one, false), lost(one)]);
    const settlements = reports.map((report) => ({ run: this.#run, reports: [report] }));
    const { settled } = await this.#fixture.storage.runs.commit(settlements, []);
    this.#refused += settled.length;
    settled.forEach(({ kind }, i) => {
      const { plan, state } = reports[i]!;
      if (kind !== 'refused') this.#broken(trail, `a late ${plan.step.kind} of ${state} was ${kind}`);
    });
    const now = await this.#dump();
    const changed = [...new Set([...dump.keys(), ...now.keys()])].filter(
      (key) => !dump.get(key)?.equals(now.get(key) ?? Buffer.of()),
    );
    if (changed.length > 0) this.#broken(trail, `late reports changed ${changed.join()}`);
  }

  async #stepsFrom({ held }: Place, records: ReadonlyMap<number, StateRecord>): Promise<Step[]> {
    const ready = await this.#readyStates();
    const open = held.filter(({ state, record }) => isOpen(records.get(state), record.leaseToken));
    const steps = [...records.keys()].flatMap((state) => {
      const lease = open.findLast((one) => one.state === state);
      return this.#stepsOf(state, records.get(state)!, ready, lease);
    });
    // Branches are alike: of those that have come equally far, one stands for all.
    const lives = livesOf(records, ready);
    const alike = new Map(
      steps.map((step) => [`${step.kind} ${lives.get(workOf(records.get(step.state)!))}`, step]),
    );
    const together = this.#settling(
      'together',
      0,
      open.map((one) => this.#executed(one)),
    );
    return open.length > 1 ? [...alike.values(), together] : [...alike.values()];
  }

  #stepsOf(state: number, record: StateRecord, ready: readonly number[][], lease: Held | undefined): Step[] {
    const { status, origins } = record;
    const isReady = ready[origins.node]!.includes(state);
    const steps: Step[] = [];
    // An entry that is late is claimed too: it gives nothing.
    if (isReady) steps.push({ kind: 'claim', state, take: () => this.#claim(origins.node, state) });
    else if (status === 'CREATED')
      steps.push({ kind: 'promote', state, take: () => this.#promote(origins.node, state) });
    if (!lease) return steps;
    steps.push(this.#settling('executed', state, [this.#executed(lease)]));
    steps.push(this.#settling('errored', state, [errored(lease, true)]));
    if (status !== 'QUEUED') return steps;
    steps.push(this.#settling('returned', state, [returned(lease)]));
    if (record.losses < this.#losses) steps.push(this.#losing(state, lease));
    return steps;
  }

  #settling(kind: string, state: number, reports: readonly PlannedReport[], expiredSession?: string): Step {
    return {
      kind,
      state,
      take: async () => {
        const result = await this.#driver.settle(this.#run, reports, expiredSession);
        if (result.kind !== 'committed') this.#broken([`${kind} ${state}`], `it was ${result.kind}`);
        return [];
      },
    };
  }

  /** The session's deadline passes, a sweeper takes the lease, and the session comes back. */
  #losing(state: number, lease: Held): Step {
    const { sessionId } = this.#driver;
    const sessions = this.#fixture.keys.sessions(0);
    const settling = this.#settling('lost', state, [lost(lease)], sessionId);
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

  /** Claims one state: which of the ready ones comes first is nobody's promise. */
  async #claim(node: number, state: number): Promise<readonly Held[]> {
    const list = this.#fixture.keys.ready(this.#run.runId, node);
    await this.#redis.multi().lrem(list, 1, state).lpush(list, state).exec();
    return this.#driver.claim(this.#run, [node], 1);
  }

  async #promote(node: number, state: number): Promise<readonly Held[]> {
    await this.#redis.zadd(this.#fixture.keys.due(0), 1, `${this.#run.runId}:${state}:${node}`);
    await this.#fixture.storage.runs.promote(this.#run, node, [state]);
    return [];
  }

  #executed(held: Held): PlannedReport {
    const changes = [{ kind: 'increment', key: 'executed', by: 1 } as const];
    const outputs = values(held.record.origins.node === this.#run.graph.root ? this.#width : 1);
    return { ...executed(held, outputs), store: { changes, limits: storeLimits(1_000) } };
  }

  async #readyStates(): Promise<number[][]> {
    const commands = this.#redis.pipeline();
    for (const { index } of this.#run.graph.nodes)
      commands.lrange(this.#fixture.keys.ready(this.#run.runId, index), 0, -1);
    const replies = (await commands.exec()) ?? [];
    return replies.map(([, list]) => (list as string[]).map(Number));
  }

  async #dump(): Promise<Map<string, Buffer>> {
    const names = await this.#redis.keys('*');
    const commands = this.#redis.pipeline();
    for (const name of names) commands.callBuffer('DUMP', name);
    const replies = (await commands.exec()) ?? [];
    return new Map(names.map((name, i) => [name, replies[i]![1] as Buffer]));
  }

  async #restore({ dump }: Place): Promise<void> {
    const commands = this.#redis.pipeline().flushdb();
    for (const [name, content] of dump) commands.call('RESTORE', name, 0, content);
    await commands.exec();
  }

  #broken(trail: readonly string[], violation: string): void {
    this.#violations.push(`${trail.join(', ')}: ${violation}`);
  }
}

/** Whether a report under this token is still good. */
function isOpen(record: StateRecord | undefined, leaseToken: string): boolean {
  return (record?.status === 'QUEUED' || record?.status === 'CREATED') && record.leaseToken === leaseToken;
}

function recordsOf(fields: Readonly<Record<string, string>>): Map<number, StateRecord> {
  const states = Object.keys(fields).filter((field) => /^\d+$/.test(field));
  return new Map(states.map((state) => [Number(state), decodeState(fields[state]!)]));
}

/**
 * By node, parent and output: what decides how the work there can go on. Not the numbers of its states, nor
 * what a state that is done has been through, nor where in a ready list an entry stands.
 */
function livesOf(
  records: ReadonlyMap<number, StateRecord>,
  ready: readonly (readonly number[])[],
): Map<string, string> {
  const lives = new Map<string, string>();
  for (const [state, record] of records) {
    const { status, leaseToken, losses, retries, origins } = record;
    const work = workOf(record);
    const isReady = ready[origins.node]!.includes(state);
    const isLive = status === 'CREATED' || status === 'QUEUED';
    const life = isLive
      ? `${status}${losses}.${retries}${leaseToken === '' ? '' : 'T'}${isReady ? 'R' : ''}`
      : status;
    lives.set(work, `${lives.get(work) ?? `${origins.node}:`}${life} `);
  }
  return lives;
}

function workOf({ origins, output }: StateRecord): string {
  return `${origins.node}.${output ?? 'u'}`;
}
