/**
 * Runs of random graphs and wide ones, while everything around them breaks. Then nothing breaks any more, and every run
 * has to end as it should, with nothing of it left when its time is over.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisKind } from './chaos-redis.ts';
import type { Victim } from './faults/fault.ts';
import { Random } from './random.ts';
import type { ChaosReport, Strike } from './report.ts';
import type { PlannedFault } from './schedule.ts';
import {
  describeRuns,
  measureCall,
  playGraph,
  playWide,
  resumePaused,
  sampleGraphs,
  type Told,
} from './stories.ts';
import { Timeline } from './timeline.ts';
import { leaseMs, retentionMs, World } from './world.ts';

/** Random graphs that run at a time. */
const graphsAtOnce = 8;
const graphsSampled = 400;
const auditEveryMs = 300;
/** Every run has to end within this after the last fault: three leases, and time to work off what waits. */
const settleMs = 3 * leaseMs + 30_000;
const vanishMs = retentionMs + 20_000;

export interface ChaosOptions {
  readonly seed: number;
  readonly kind: RedisKind;
  readonly planned: readonly PlannedFault[];
  /** Branches of each wide fan-out. */
  readonly width: number;
  /** Is told what happens, at once. */
  readonly say?: (line: string) => void;
}

class Chaos {
  readonly #options: ChaosOptions;
  readonly #timeline: Timeline;
  readonly #world: World;
  readonly #strikes: Strike[] = [];
  readonly #violations: string[] = [];
  readonly #told = { states: 0, unites: 0, branches: 0 };
  /** The end of the last fault on each kind of victim. */
  readonly #busy = new Map<Victim, Promise<void>>();
  #runs = 0;
  #audits = 0;
  #isOver = false;

  constructor(options: ChaosOptions, timeline: Timeline, world: World) {
    this.#options = options;
    this.#timeline = timeline;
    this.#world = world;
  }

  async run(): Promise<ChaosReport> {
    const world = this.#world;
    for (const place of world.managers)
      if (!place.hasWrongClock()) this.#violate(`the clock of ${place.name} is not as it should be`);
    const before = await world.keysOfShards();
    const load = Promise.all([...this.#playGraphs(), this.#playWide(), this.#audit()]);
    await this.#strikeAll();
    this.#timeline.add('nothing breaks any more');
    this.#isOver = true;
    const overAt = performance.now();
    // Those whose resume was lost would not end; whoever is just pausing a run resumes it once more.
    if (world.hasLostWrites) await this.#resumePaused();
    await this.#within(settleMs, load, () => `runs do not end: ${[...world.playing.keys()].join(', ')}`);
    const settledMs = performance.now() - overAt;
    this.#timeline.add('all runs have ended');
    await this.#resumePaused();
    await this.#untilVanished(before);
    for (const place of world.managers) world.noteEnd(place);
    this.#violations.push(...world.caller.oddAnswers, ...world.ownFaults);
    const { seed } = this.#options;
    return {
      seed,
      strikes: this.#strikes,
      runs: this.#runs,
      told: this.#told,
      settledMs,
      audits: this.#audits,
      retriedByHand: world.retriedByHand.size,
      violations: this.#violations,
      timeline: this.#timeline.lines,
    };
  }

  async #strikeAll(): Promise<void> {
    const struck: Promise<void>[] = [];
    const begunAt = this.#timeline.now();
    for (const planned of this.#options.planned) {
      await delay(Math.max(0, begunAt + planned.atMs - this.#timeline.now()));
      const { victim } = planned.fault;
      const turn = (this.#busy.get(victim) ?? Promise.resolve()).then(() => this.#strike(planned));
      this.#busy.set(victim, turn);
      struck.push(turn);
    }
    await Promise.all(struck);
  }

  async #strike({ fault, seed }: PlannedFault): Promise<void> {
    const { name, rows } = fault;
    this.#timeline.add(`${name} begins`);
    try {
      const call = measureCall(this.#world, `call-${this.#strikes.length}-${seed}`);
      const hits = await fault.strike(this.#world, new Random(seed));
      this.#timeline.add(`${name} is over, ${hits} hits`);
      this.#strikes.push({ name, rows, hits, callMs: await call });
    } catch (error) {
      this.#violate(`${name}: ${error}`);
    }
  }

  #playGraphs(): Promise<void>[] {
    const { seed } = this.#options;
    const random = new Random(seed);
    const graphs = sampleGraphs(seed, graphsSampled);
    let next = 0;
    return Array.from({ length: graphsAtOnce }, async () => {
      while (!this.#isOver) {
        const index = next++;
        const graph = graphs[index % graphs.length]!;
        await this.#tell(
          playGraph(this.#world, `graph-${index}`, graph, new Random(random.between(0, 2 ** 30))),
        );
      }
    });
  }

  async #playWide(): Promise<void> {
    for (let index = 0; !this.#isOver; index++)
      await this.#tell(playWide(this.#world, `wide-${index}`, this.#options.width));
  }

  async #tell(story: Promise<Told>): Promise<void> {
    try {
      const told = await story;
      this.#runs++;
      for (const name of ['states', 'unites', 'branches'] as const) this.#told[name] += told[name];
    } catch (error) {
      this.#violate(error instanceof Error ? error.message : String(error));
    }
  }

  /** Audits runs in motion, one after the other. */
  async #audit(): Promise<void> {
    const random = new Random(this.#options.seed + 1);
    while (!this.#isOver) {
      await delay(auditEveryMs);
      // A wide run is read whole at one instant, which would stop Redis: its end says enough.
      const playing = [...this.#world.playing].filter(
        ([, { nodes }]) => nodes[0]?.identifier !== 'chaos_split',
      );
      if (playing.length === 0) continue;
      const [runId, template] = random.pick(playing);
      const found = await this.#world.audit(runId, template);
      this.#audits++;
      const isGone = found[0]?.startsWith('there is no run');
      if (found.length > 0 && !isGone)
        this.#violate(`the audit of ${runId}, in motion: ${found.slice(0, 5).join('; ')}`);
    }
  }

  /** Goes on with runs whose resume was lost with the end that was told: none is paused if Redis lost nothing. */
  async #resumePaused(): Promise<void> {
    const ids = await resumePaused(this.#world);
    if (ids.length === 0) return;
    const what = `${ids.length} runs were paused again: ${ids.join(', ')}`;
    if (this.#world.hasLostWrites) this.#timeline.add(what);
    else this.#violate(what);
  }

  /** Waits until no key is left of any run: what was there before there were runs may stay. */
  async #untilVanished(before: ReadonlySet<string>): Promise<void> {
    const endAt = performance.now() + vanishMs;
    for (;;) {
      const left = [...(await this.#world.keysOfShards())].filter((name) => !before.has(name));
      if (left.length === 0) return;
      if (performance.now() > endAt) {
        const runs = await describeRuns(this.#world);
        this.#violate(
          `${left.length} keys are left after the retention: ${left.slice(0, 10).join(', ')}; ${runs.join('; ')}`,
        );
        return;
      }
      await delay(500);
    }
  }

  async #within(ms: number, promise: Promise<unknown>, describe: () => string): Promise<void> {
    const timer = new AbortController();
    const late = delay(ms, 'late', { signal: timer.signal }).catch(() => undefined);
    if ((await Promise.race([promise, late])) === 'late') this.#violate(describe());
    timer.abort();
  }

  #violate(what: string): void {
    this.#timeline.add(`VIOLATION ${what}`);
    this.#violations.push(what);
  }
}

/** Breaks what is planned, and tells what came of it. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const world = await World.start(new Timeline(options.say), options.kind);
  try {
    return await new Chaos(options, world.timeline, world).run();
  } finally {
    await world.stop();
  }
}
