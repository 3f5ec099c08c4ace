/** Searches through what can happen to one run: breadth first through all of it, or along random walks. */
import type { Redis } from 'ioredis';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import type { StateRecord } from '../../../services/state-manager/domain/run/state-record.ts';
import type { LoadedRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import { audit } from '../../support/audit/auditor.ts';
import { type RunSnapshot, readRunSnapshot } from '../../support/audit/run-snapshot.ts';
import { contentOf, newRun, type StorageFixture } from '../fixture.ts';
import type { Held } from '../session-driver.ts';
import type { LateWrite } from './dying-storage.ts';
import { ExploreSteps } from './explore-steps.ts';
import { placeName } from './place-name.ts';
import { chance } from './random-execution.ts';
import type { ExploreOptions, Left, Step } from './step.ts';

interface Exploration {
  /** Places that differ by more than times, tokens, and which branch is which. */
  readonly places: number;
  readonly steps: number;
  /** Reports that came again, late or too late, and changed nothing. */
  readonly refused: number;
  /** Statuses in which runs ended. */
  readonly ends: ReadonlySet<string>;
  /** Nothing is left that was not looked at. */
  readonly isComplete: boolean;
  /** Each with the steps that lead to it. */
  readonly violations: readonly string[];
}

interface Place {
  readonly dump: ReadonlyMap<string, Buffer>;
  readonly trail: readonly string[];
  /** States that were once leased, with the records that their holders know. */
  readonly held: readonly Held[];
  readonly left: Left;
}

/** Tells of an exploration in one line. */
export function tell({ places, steps, refused, isComplete }: Exploration): string {
  return `${places} places${isComplete ? '' : ' and more'}, ${steps} steps, ${refused} reports refused`;
}

const maxViolations = 5;
/** Steps after which a run has to have ended unless it is kept up on purpose. */
const maxWalk = 1_000;

/** Explores everything that can happen to a run of a graph, nearest first. @param most places, at most */
export async function explore(
  fixture: StorageFixture,
  graph: Graph,
  options: ExploreOptions,
  most = Number.POSITIVE_INFINITY,
): Promise<Exploration> {
  return new Exploring(fixture, graph, options).all(most);
}

/** Goes from the beginning of a run to its end, so often, in random steps that follow from the seed. */
export async function walkRandomly(
  fixture: StorageFixture,
  graph: Graph,
  options: ExploreOptions,
  { walks, seed }: { readonly walks: number; readonly seed: number },
): Promise<Exploration> {
  return new Exploring(fixture, graph, options).walks(walks, seed);
}

class Exploring {
  readonly #fixture: StorageFixture;
  readonly #redis: Redis;
  readonly #run: LoadedRun;
  readonly #steps: ExploreSteps;
  readonly #left: Left;
  readonly #seen = new Set<string>();
  readonly #ends = new Set<string>();
  readonly #violations: string[] = [];
  #queue: Place[] = [];
  #taken = 0;
  #refused = 0;

  constructor(fixture: StorageFixture, graph: Graph, options: ExploreOptions) {
    this.#fixture = fixture;
    this.#redis = fixture.redis;
    this.#run = newRun(graph);
    this.#steps = new ExploreSteps(fixture, this.#run, options);
    const { cancels = 0, retries = 0, pauses = 0 } = options;
    this.#left = { cancels, retries, pauses };
  }

  async all(most: number): Promise<Exploration> {
    await this.#begin();
    await this.#arrive([], [], this.#left);
    while (this.#queue.length > 0 && this.#seen.size < most && this.#violations.length < maxViolations)
      await this.#leave(this.#queue.shift()!);
    return this.#found();
  }

  async walks(number: number, seed: number): Promise<Exploration> {
    for (let walk = 0; walk < number && this.#violations.length < maxViolations; walk++) {
      await this.#begin();
      await this.#walk(`${seed}.${walk}`);
    }
    return this.#found();
  }

  async #begin(): Promise<void> {
    await this.#redis.flushdb();
    // Dumps are compared, and only listpacks keep their order when they are restored.
    await this.#redis.config('SET', 'hash-max-listpack-value', 4096);
    await this.#steps.begin();
  }

  #found(): Exploration {
    return {
      places: this.#seen.size,
      steps: this.#taken,
      refused: this.#refused,
      ends: this.#ends,
      isComplete: this.#queue.length === 0,
      violations: this.#violations,
    };
  }

  async #walk(seed: string): Promise<void> {
    const trail: string[] = [];
    let left = this.#left;
    let slow: readonly LateWrite[] = [];
    const swept = new Set<string>();
    const draw = (end: number) => Math.floor(chance(seed, trail.length, end) * end);
    while (trail.length < maxWalk) {
      const snapshot = await this.#snapshot();
      const isNew = await this.#check(trail, snapshot, left);
      const steps = this.#steps.all(snapshot, left);
      this.#checkRest(trail, snapshot, steps);
      if (steps.length === 0 || this.#violations.length >= maxViolations) return;
      if (isNew && slow.length === 0 && snapshot.jobs.size > 0) slow = await this.#steps.slowLooks(snapshot);
      for (const job of snapshot.jobs) swept.add(job);
      const step = steps[draw(steps.length)]!;
      trail.push(step.name);
      await this.#take(trail, step);
      for (const job of swept) {
        if (snapshot.jobs.has(job) || draw(4) > 0) continue;
        trail.push(`somebody else looks at ${job}`);
        await this.#steps.lateLook(job);
      }
      left = spent(left, step);
      if (slow.length > 0 && draw(3) === 0) {
        trail.push('a slow look goes on');
        await this.#writeLate(slow);
        slow = [];
      }
    }
    this.#broken(trail.slice(-10), 'the run does not come to an end');
  }

  #snapshot(): Promise<RunSnapshot> {
    const { redis, keyPrefix } = this.#fixture;
    return readRunSnapshot(redis, keyPrefix, this.#run.runId, this.#run.graph) as Promise<RunSnapshot>;
  }

  /** Audits a place. False: it was seen before. */
  async #check(trail: readonly string[], snapshot: RunSnapshot, left: Left): Promise<boolean> {
    const { redis, keyPrefix, keys } = this.#fixture;
    const { runId, graph } = this.#run;
    const name = `${Object.values(left).join()} ${placeName(graph, snapshot)}`;
    if (this.#seen.has(name)) return false;
    this.#seen.add(name);
    const status = snapshot.fields.get('status')!;
    if (snapshot.fields.has('ended')) this.#ends.add(status);
    for (const violation of await audit(redis, keyPrefix, runId, graph)) this.#broken(trail, violation);
    const executed = [...snapshot.states.values()].filter(({ fanOut }) => fanOut?.isOpen === false).length;
    const stored = Number(await redis.hget(keys.store(runId), 'executed'));
    if (stored !== executed)
      this.#broken(trail, `the store counts ${stored} executed, recounted ${executed}`);
    for (const violation of await this.#steps.checkRetried(snapshot)) this.#broken(trail, violation);
    return true;
  }

  /** Checks that a run at rest has ended, and nothing of it is left to do. */
  #checkRest(trail: readonly string[], { fields, marks }: RunSnapshot, steps: readonly Step[]): void {
    if (steps.some(({ byUser }) => byUser === undefined)) return;
    if (!fields.has('ended'))
      this.#broken(trail, `nothing can happen any more, and the run is ${fields.get('status')}`);
    if (marks.size > 0)
      this.#broken(trail, `nothing can happen any more, and marks stand: ${[...marks].join()}`);
  }

  /** Puts a place into the queue if it is new. */
  async #arrive(trail: readonly string[], held: readonly Held[], left: Left): Promise<void> {
    if (await this.#check(trail, await this.#snapshot(), left))
      this.#queue.push({ dump: await this.#dump(), trail, held, left });
  }

  async #leave(place: Place): Promise<void> {
    await this.#restore(place);
    const snapshot = await this.#snapshot();
    await this.#sendAgain(place, snapshot);
    const steps = this.#steps.all(snapshot, place.left);
    this.#checkRest(place.trail, snapshot, steps);
    const slow = await this.#steps.slowLooks(snapshot);
    for (const step of steps) {
      await this.#restore(place);
      const trail = [...place.trail, step.name];
      const leased = await this.#take(trail, step);
      const held = [...place.held, ...leased];
      await this.#arrive(trail, held, spent(place.left, step));
      if (slow.length === 0) continue;
      await this.#writeLate(slow);
      await this.#arrive([...trail, 'a slow look goes on'], held, spent(place.left, step));
    }
  }

  async #take(trail: readonly string[], step: Step): Promise<readonly Held[]> {
    this.#taken += 1;
    try {
      const leased = await step.take();
      const { cancels, pauses } = this.#left;
      if (leased.length > 0 && cancels + pauses > 0) {
        const violations = await this.#steps.checkLeased(leased, await this.#snapshot());
        for (const violation of violations) this.#broken(trail, violation);
      }
      return leased;
    } catch (error) {
      this.#broken(trail, (error as Error).message);
      return [];
    }
  }

  /** Writes only now what looks before the last step have found. */
  async #writeLate(writes: readonly LateWrite[]): Promise<void> {
    this.#taken += 1;
    for (const write of writes) await write();
  }

  /** Every report that comes again or too late, as executed, errored, lost and emitted: it must change nothing. */
  async #sendAgain({ dump, trail, held }: Place, snapshot: RunSnapshot): Promise<void> {
    const late = held.filter(({ state, record }) => !isOpen(snapshot.states.get(state), record.leaseToken));
    const reports = [
      ...late.flatMap((one) => this.#steps.lateReports(one)),
      ...this.#steps.repeatedEmits(snapshot),
    ];
    if (reports.length === 0) return;
    const settlements = reports.map((report) => ({ run: this.#run, reports: [report] }));
    const { settled } = await this.#fixture.storage.runs.commit({ settlements });
    this.#refused += settled.length;
    settled.forEach(({ kind }, i) => {
      const { plan, state } = reports[i]!;
      if (kind !== 'refused') this.#broken(trail, `a late ${plan.step.kind} of ${state} was ${kind}`);
    });
    const now = await this.#dump();
    const differ = [...new Set([...dump.keys(), ...now.keys()])].filter(
      (key) => !dump.get(key)?.equals(now.get(key) ?? Buffer.of()),
    );
    const changed = await this.#changed(differ, dump);
    if (changed.length > 0) this.#broken(trail, `late reports changed ${changed.join()}`);
  }

  /** Keys whose content is another one than a dump has: the bytes of a dump may differ without that. */
  async #changed(keys: readonly string[], dump: ReadonlyMap<string, Buffer>): Promise<string[]> {
    const changed: string[] = [];
    const [copy, redis] = ['copy', this.#redis];
    for (const key of keys) {
      const before = dump.get(key);
      await redis.del(copy);
      if (before) await redis.call('RESTORE', copy, 0, before);
      if ((await contentOf(redis, copy)) !== (await contentOf(redis, key))) changed.push(key);
    }
    await redis.del(copy);
    return changed;
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

function spent(left: Left, { byUser }: Step): Left {
  return byUser ? { ...left, [byUser]: left[byUser] - 1 } : left;
}

/** True if a report under this token is still good. */
function isOpen(record: StateRecord | undefined, leaseToken: string): boolean {
  return (record?.status === 'QUEUED' || record?.status === 'CREATED') && record.leaseToken === leaseToken;
}
