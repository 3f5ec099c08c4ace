/** Calls that go wrong, all of them or a sample, and the runs that show what comes of it. */
import type { TestRedis } from '../../support/redis.ts';
import { type FaultyCall, ScriptFaults, scriptFaults } from '../../support/script-faults.ts';
import { type ReferenceGraph, ReferenceSystem, referenceGraphs } from './reference-system.ts';

/** Deployments that run side by side, in this process. */
const atOnce = 4;
/** Runs without a fault that tell how often each script is called. */
const measuredRuns = 3;
/** A call that does not come in so many runs is given up: how often a script is called is up to the moment. */
const maxTries = 3;

interface FaultyCase extends FaultyCall {
  readonly graph: ReferenceGraph;
}

export interface CallSearch {
  readonly seed: number;
  readonly leaseMs: number;
  /** The time for which a call waits, milliseconds; a session is lost where it is longer than a lease. */
  readonly waitMs: number;
  /** Calls of each script that go wrong, from the first one on. */
  readonly maxCall: number;
  /** Cases that are run, chosen by the seed; absent: all. */
  readonly most?: number;
  /** Scripts that are meant; absent: all that are called. */
  readonly only?: readonly string[];
}

export interface Found {
  readonly cases: number;
  /** Cases whose call came, by what went wrong. */
  readonly hits: Readonly<Record<string, number>>;
  readonly scripts: readonly string[];
  readonly missed: readonly string[];
  readonly slowest: string;
  readonly failures: readonly string[];
}

/** Runs cases on a Redis. */
export async function searchCalls(redis: TestRedis, search: CallSearch): Promise<Found> {
  const faults = new ScriptFaults(search.waitMs);
  const { leaseMs } = search;
  let deployments = 0;
  const start = () =>
    ReferenceSystem.start(redis.url, { keyPrefix: `calls-${deployments++}`, leaseMs, faults });
  const first = await start();
  const cases = await casesOf(first, search).finally(() => first.stop());
  const rest = shuffled(cases, search.seed).slice(0, search.most);
  const hits: Record<string, number> = {};
  const found = { cases: rest.length, hits, missed: [] as string[], failures: [] as string[] };
  const scripts = new Set<string>();
  let slowest = { tookMs: 0, name: 'none' };
  const runRest = async (begun: ReferenceSystem) => {
    let system = begun;
    try {
      for (let next = rest.shift(); next; next = rest.shift()) {
        const name = `${next.graph}: call ${next.call} of ${next.script} ${next.fault}`;
        const { hasHit, tookMs, problems } = await runCase(system, next);
        if (hasHit) {
          hits[next.fault] = (hits[next.fault] ?? 0) + 1;
          scripts.add(next.script);
        } else found.missed.push(name);
        if (tookMs > slowest.tookMs) slowest = { tookMs, name };
        if (problems.length === 0) continue;
        found.failures.push(`${name}: ${problems.join('; ')}`);
        // What is broken now must not break the next one.
        await system.stop();
        system = await start();
      }
    } finally {
      await system.stop();
    }
  };
  // One after the other: a start has little patience, and this process is all that they have.
  const systems: ReferenceSystem[] = [];
  try {
    while (systems.length < atOnce) systems.push(await start());
  } catch (error) {
    for (const system of systems) await system.stop();
    throw error;
  }
  await Promise.all(systems.map(runRest));
  return {
    ...found,
    scripts: [...scripts].sort(),
    slowest: `${Math.round(slowest.tookMs)} ms, ${slowest.name}`,
  };
}

async function runCase(system: ReferenceSystem, { graph, ...faulty }: FaultyCase) {
  for (let tries = 1; ; tries++) {
    const run = await system.run(graph, faulty);
    if (run.hasHit || run.problems.length > 0 || tries === maxTries) return run;
  }
}

/** Every fault of every call that is seen in runs in which nothing goes wrong. */
async function casesOf(system: ReferenceSystem, { maxCall, only }: CallSearch): Promise<FaultyCase[]> {
  const cases: FaultyCase[] = [];
  for (const graph of referenceGraphs) {
    const seen = new Map<string, number>();
    for (let i = 0; i < measuredRuns; i++) {
      const { counts, problems } = await system.run(graph);
      if (problems.length > 0) throw new Error(`without a fault: ${problems.join('; ')}`);
      for (const [script, count] of counts) seen.set(script, Math.max(count, seen.get(script) ?? 0));
    }
    for (const [script, count] of seen) {
      if (only && !only.includes(script)) continue;
      for (let call = 1; call <= Math.min(count, maxCall); call++) {
        for (const fault of scriptFaults) cases.push({ graph, script, call, fault });
      }
    }
  }
  return cases;
}

/** The same in an order that the seed decides. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
