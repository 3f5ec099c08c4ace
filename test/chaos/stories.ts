/** Runs that are started while things break, each with the one end that it may have. */
import { setTimeout as delay } from 'node:timers/promises';
import type {
  ListRunsResponse__Output,
  ListStatesResponse__Output,
  Run__Output,
  RunResult__Output,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import * as fc from 'fast-check';
import type { Feature } from '../model/arbitrary.ts';
import { interpret } from '../model/interpreter.ts';
import type { ModelGraph } from '../model/model-graph.ts';
import { caseArbitrary } from '../model/running/model-runner.ts';
import { templateOf } from '../model/topology.ts';
import { expression, nodeTemplate, type TestGraph } from '../support/graphs.ts';
import type { RawClient } from '../support/raw/raw-client.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** Graphs that have one right end, whatever is executed how often and in whichever order. */
const features: readonly Feature[] = ['prune', 'slow', 'wide', 'route', 'tolerate', 'open'];
/** A watch is begun anew after this long: whoever serves it may be dead. */
const watchMs = 5_000;
/** One in so many runs of random graphs is paused for a while, and one is cancelled. */
const steeredOneIn = 6;

/** A run that has ended as it should. */
export interface Told {
  readonly states: number;
  readonly unites: number;
  readonly branches: number;
}

interface Ended {
  readonly run: Run__Output;
  readonly results: readonly RunResult__Output[];
}

interface RunToStart {
  readonly name: string;
  readonly template: TestGraph;
  readonly inputs: unknown;
  /** One of its states kills whoever executes it, and is meant to fail. */
  readonly hasPoison?: boolean;
}

/** Starts a run once, however often it has to ask. */
async function start({ caller }: World, { name, template, inputs }: RunToStart): Promise<string> {
  await caller.call((client) => client.upsert(name, template));
  return caller.call((client) => client.trigger(name, inputs, { idempotencyKey: name }));
}

/**
 * Starts a run, steers it, and waits for its end; starts it again where Redis has lost it. What has lost three runtimes while it was
 * alone is taken for poison, and faults come to that as well: it is retried by hand, as the failure asks for.
 */
async function play(
  world: World,
  wanted: RunToStart,
  steer: (runId: string) => Promise<void> = async () => {},
): Promise<Ended & { readonly runId: string }> {
  for (;;) {
    let runId = '';
    try {
      runId = await start(world, wanted);
      world.playing.set(runId, wanted.template);
      await steer(runId);
      for (;;) {
        const ended = await untilEnd(world, runId);
        const isAsMeant = wanted.hasPoison || statusOf(ended.run) === 'CANCELLED';
        if (isAsMeant || (await retryLost(world, runId)) === 0) return { runId, ...ended };
      }
    } catch (error) {
      const isLost = (error as grpc.ServiceError).code === grpc.status.NOT_FOUND && world.hasLostWrites;
      if (!isLost) throw error;
    } finally {
      world.playing.delete(runId);
    }
  }
}

function untilEnd({ caller }: World, runId: string): Promise<Ended> {
  return caller.call((client: RawClient) => client.end(runId, watchMs));
}

/** Retries by hand what has lost three runtimes while it was alone, and gives the number of such states. */
async function retryLost({ caller, retriedByHand }: World, runId: string): Promise<number> {
  const request = { runId, errorCode: 'LEASE_LOST', pageSize: 1_000 };
  const { states = [] } = await caller.call((client) =>
    client.call<ListStatesResponse__Output>((...more) => client.runs.listStates(request, ...more)),
  );
  for (const { stateId = '' } of states) {
    retriedByHand.add(stateId);
    try {
      await caller.call((client) =>
        client.call((...more) => client.runs.retryRun({ runId, stateId }, ...more)),
      );
    } catch (error) {
      // An answer was lost, and it is retried already.
      if ((error as grpc.ServiceError).code !== grpc.status.FAILED_PRECONDITION) throw error;
    }
  }
  return states.length;
}

async function audited(world: World, runId: string, template: TestGraph): Promise<void> {
  const violations = await world.audit(runId, template);
  // Its end was told, and then Redis lost all of it.
  if (world.hasLostWrites && violations[0]?.startsWith('there is no run')) return;
  if (violations.length > 0) throw new Error(`the audit of ${runId}: ${violations.slice(0, 5).join('; ')}`);
}

function demand(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}

/** The first reasons of a run that failed, in words; empty if it did not, or nothing can be told now. */
async function whyFailed({ caller }: World, { runId = '', status }: Run__Output): Promise<string> {
  if (status !== 'RUN_STATUS_FAILED') return '';
  const request = { runId, status: 'STATE_STATUS_ERRORED' as const, pageSize: 5 };
  const { states = [] } = await caller.call((client) =>
    client.call<ListStatesResponse__Output>((...more) => client.runs.listStates(request, ...more)),
  );
  const reasons = states.map(
    ({ identifier, attempt, failure }) =>
      `${identifier}, attempt ${attempt}: ${failure?.code} ${failure?.message}`,
  );
  return `, since ${reasons.join('; ')}`;
}

function statusOf({ status }: Run__Output): string {
  return String(status).replace('RUN_STATUS_', '');
}

/** `count` random graphs that a seed repeats. */
export function sampleGraphs(seed: number, count: number): ModelGraph[] {
  return fc.sample(caseArbitrary(features), { seed, numRuns: count });
}

/** Runs a random graph, which has to end as the model says; some of them are paused, or cancelled, meanwhile. */
export async function playGraph(
  world: World,
  name: string,
  graph: ModelGraph,
  random: Random,
): Promise<Told> {
  const template = templateOf(graph) as TestGraph;
  const isPaused = random.between(1, steeredOneIn) === 1;
  const isCancelled = !isPaused && random.between(1, steeredOneIn) === 1;
  const afterMs = random.between(0, 300);
  const steer = async (runId: string): Promise<void> => {
    if (!isPaused && !isCancelled) return;
    await delay(afterMs);
    const request = { runId };
    const { caller } = world;
    if (isCancelled) {
      await caller.call((client) => client.call((...more) => client.runs.cancelRun(request, ...more)));
    } else {
      await caller.call((client) => client.call((...more) => client.runs.pauseRun(request, ...more)));
      await delay(afterMs);
      await caller.call((client) => client.call((...more) => client.runs.resumeRun(request, ...more)));
    }
  };
  world.teach(name, graph);
  const { runId, run, results } = await play(world, { name, template, inputs: {} }, steer);
  await audited(world, runId, template);
  const outcome = interpret(graph)!;
  const seen = results.map(
    ({ identifier, outputJson = '{}' }) => `${identifier} ${(JSON.parse(outputJson) as { id: string }).id}`,
  );
  const right = outcome.results.map(({ identifier, id }) => `${identifier} ${id}`);
  const asItShould = statusOf(run) === outcome.status && seen.join() === right.join();
  // What is cancelled too late has ended as if nobody had cancelled it.
  const isCancelledRun = isCancelled && statusOf(run) === 'CANCELLED';
  if (!asItShould && !isCancelledRun) {
    const why = await whyFailed(world, run);
    throw new Error(
      `${name} (${runId}) is ${statusOf(run)} with ${seen.join('; ')}${why}; the model says ${outcome.status} with ${right.join('; ')}; graph ${JSON.stringify(graph)}`,
    );
  }
  const { fired, givenUp } = outcome.scopes;
  return { states: run.stateCount ?? 0, unites: isCancelledRun ? 0 : fired + givenUp, branches: 0 };
}

const wide: TestGraph = {
  nodes: [
    { ...nodeTemplate('chaos_split', ['chaos_work']) },
    nodeTemplate('chaos_work', ['chaos_merge'], {
      inputs: { number: expression('chaos_split.outputs.number') },
    }),
    nodeTemplate('chaos_merge', [], {
      inputs: { numbers: expression('chaos_work.outputs.number') },
      unites: { identifier: 'chaos_split' },
    }),
  ],
};

/** Fans out to so many branches, whose numbers have to come together in order, each once. */
export async function playWide(world: World, name: string, width: number): Promise<Told> {
  const { runId, run, results } = await play(world, { name, template: wide, inputs: { width } });
  const output = results[0]?.outputJson ?? '';
  const right = JSON.stringify({ count: width, sum: (width * (width - 1)) / 2 });
  demand(
    statusOf(run) === 'SUCCESS' && output === right,
    `${name} (${runId}) is ${statusOf(run)} with ${output || 'no result'}${await whyFailed(world, run)}; it should be ${right}`,
  );
  return { states: run.stateCount ?? 0, unites: 1, branches: width };
}

const poisoned: TestGraph = {
  nodes: [
    nodeTemplate('chaos_split', ['chaos_poisoned'], { inputs: { width: expression('trigger.width') } }),
    nodeTemplate('chaos_poisoned', ['chaos_count'], {
      inputs: { number: expression('chaos_split.outputs.number'), poison: expression('trigger.poison') },
    }),
    nodeTemplate('chaos_count', [], {
      inputs: {
        numbers: expression('chaos_poisoned.outputs.number'),
        counts: expression('unite.counts'),
        failures: expression('unite.failures'),
      },
      unites: { identifier: 'chaos_split', strategy: 'ALL_DONE' },
    }),
  ],
};

/** Fans out to branches of which one kills whoever executes it: it fails, and no other does. */
export async function playPoison(world: World, name: string, width: number, poison: number): Promise<Told> {
  const { runId, run, results } = await play(world, {
    ...{ name, template: poisoned, inputs: { width, poison } },
    hasPoison: true,
  });
  const numbers = Array.from({ length: width }, (_, number) => number).filter((number) => number !== poison);
  const right = JSON.stringify({ numbers, failed: 1, codes: ['LEASE_LOST'] });
  demand(
    results[0]?.outputJson === right,
    `${name} (${runId}) is ${statusOf(run)} with ${results[0]?.outputJson}, which should be ${right}`,
  );
  await audited(world, runId, poisoned);
  return { states: run.stateCount ?? 0, unites: 1, branches: width };
}

const oversize: TestGraph = {
  nodes: [nodeTemplate('chaos_oversize', [], { inputs: { bytes: expression('trigger.bytes') } })],
};

/** Returns an output that is too large for the stream: its state fails, and says why. */
export async function playOversize(world: World, name: string, bytes: number): Promise<Told> {
  const { runId, run } = await play(world, { name, template: oversize, inputs: { bytes } });
  const [state] = await world.caller.call((client) => client.states(runId));
  const code = state?.failure?.code ?? '';
  demand(
    statusOf(run) === 'FAILED' && /TOO_LARGE/.test(code),
    `${name} (${runId}) is ${statusOf(run)} with ${code}, which should say that the output is too large`,
  );
  await audited(world, runId, oversize);
  return { states: run.stateCount ?? 0, unites: 0, branches: 0 };
}

const probe: TestGraph = {
  nodes: [nodeTemplate('chaos_work', [], { inputs: { number: expression('trigger.number') } })],
};

/** Makes one call from its trigger to its result, and gives how long that took, milliseconds. */
export async function measureCall(world: World, name: string): Promise<number> {
  const begunAt = performance.now();
  const { run } = await play(world, { name, template: probe, inputs: { number: 1 } });
  demand(statusOf(run) === 'SUCCESS', `${name} is ${statusOf(run)}`);
  return performance.now() - begunAt;
}

/**
 * Resumes the runs that are paused when everything has ended, and gives their ids: a resume that Redis had acknowledged is among what it
 * may lose, and so is the end that came after it and that a story was told.
 */
export async function resumePaused({ caller }: World): Promise<string[]> {
  const paused = { status: 'RUN_STATUS_PAUSED' as const, pageSize: 1_000 };
  const { runs = [] } = await caller.call((client) =>
    client.call<ListRunsResponse__Output>((...more) => client.runs.listRuns(paused, ...more)),
  );
  const ids = runs.map(({ runId = '' }) => runId);
  for (const runId of ids)
    await caller.call((client) => client.call((...more) => client.runs.resumeRun({ runId }, ...more)));
  return ids;
}

/** One line on each run that is there: what it waits for. */
export async function describeRuns({ caller }: World): Promise<string[]> {
  const { runs = [] } = await caller.call((client) =>
    client.call<ListRunsResponse__Output>((...more) => client.runs.listRuns({}, ...more)),
  );
  return Promise.all(
    runs.slice(0, 5).map(async (run) => {
      const states = await caller.call((client) => client.states(run.runId ?? ''));
      const places = states.slice(0, 10).map(({ identifier, status }) => `${identifier} ${status}`);
      return `${run.runId} of ${run.graphName} is ${statusOf(run)}: ${places.join(', ')}`;
    }),
  );
}
