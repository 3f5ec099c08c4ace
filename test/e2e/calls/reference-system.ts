/** A state manager and a runtime in this process, that run the two reference graphs while calls of scripts go wrong. */
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Client, defineNode, FanoutError, Runtime } from '@fanout/runtime';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { type App, startApp } from '../../../services/state-manager/app.ts';
import { readConfig } from '../../../services/state-manager/config.ts';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import { checkGraph } from '../../../services/state-manager/domain/template/check-graph.ts';
import { createLog } from '../../../services/state-manager/log.ts';
import { audit } from '../../support/audit/auditor.ts';
import { eventually } from '../../support/eventually.ts';
import { exampleGraph } from '../../support/graphs.ts';
import type { FaultyCall, ScriptFaults } from '../../support/script-faults.ts';

export const referenceGraphs = ['fanout', 'fanout-unite'] as const;
export type ReferenceGraph = (typeof referenceGraphs)[number];

const endTimeoutMs = 45_000;
const auditTimeoutMs = 10_000;

/** The nodes of the reference graphs. Each notes in the run's store, with its report, that it was executed. */
const nodes = [
  defineNode({
    name: 'DataSplitterNode',
    inputs: z.object({ data: z.array(z.number()), size: z.number() }),
    outputs: z.object({ chunk: z.array(z.number()) }),
    run({ data, size }, { report }) {
      report.append('split', data.length);
      const chunks = [];
      for (let i = 0; i < data.length; i += size) chunks.push({ chunk: data.slice(i, i + size) });
      return chunks;
    },
  }),
  defineNode({
    name: 'DataProcessorNode',
    inputs: z.object({ data: z.array(z.number()) }),
    outputs: z.object({ result: z.number() }),
    run({ data }, { report }) {
      const result = data.reduce((sum, each) => sum + each, 0);
      report.append('processed', result);
      return { result };
    },
  }),
  defineNode({
    name: 'ResultMergerNode',
    inputs: z.object({ processed_data: z.array(z.number()) }),
    outputs: z.object({ results: z.array(z.number()) }),
    run({ processed_data }, { report }) {
      report.append('merged', processed_data.length);
      return { results: processed_data };
    },
  }),
];

const inputs = { data: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], size: 3 };
/** Outputs, effects in the store, and states that have to come of a run, each once. */
const expected: Readonly<Record<ReferenceGraph, unknown>> = {
  fanout: {
    outputs: [{ result: 3 }, { result: 12 }, { result: 21 }, { result: 9 }],
    effects: { split: [10], processed: [3, 9, 12, 21] },
    states: { 'data_splitter SUCCESS': 4, 'processor SUCCESS': 4 },
  },
  'fanout-unite': {
    outputs: [{ results: [3, 12, 21, 9] }],
    effects: { split: [10], processed: [3, 9, 12, 21], merged: [4] },
    states: { 'data_splitter SUCCESS': 4, 'processor SUCCESS': 4, 'merger SUCCESS': 1 },
  },
};

/** The outcome of a run in which a call went wrong. */
export interface FaultyRun {
  /** False: there was no such call. */
  readonly hasHit: boolean;
  /** Calls of each script until the run had ended. */
  readonly counts: ReadonlyMap<string, number>;
  readonly tookMs: number;
  /** One sentence for each thing that is not as without the fault. */
  readonly problems: readonly string[];
}

export class ReferenceSystem {
  readonly #keyPrefix: string;
  readonly #faults: ScriptFaults;
  readonly #app: App;
  readonly #runtime: Runtime;
  readonly #client: Client;
  readonly #redis: Redis;
  readonly #graphs = new Map<string, Graph>();
  #runs = 0;

  private constructor(keyPrefix: string, faults: ScriptFaults, app: App, redisUrl: string) {
    this.#keyPrefix = keyPrefix;
    this.#faults = faults;
    this.#app = app;
    // Fewer at once than there are branches: what is not handed off has to be claimed.
    this.#runtime = new Runtime({ nodes, address: app.address, concurrency: 2, log: () => undefined });
    this.#client = new Client({ address: app.address });
    this.#redis = new Redis(redisUrl);
  }

  /** Starts a deployment of its own on a Redis. */
  static async start(
    redisUrl: string,
    { keyPrefix, leaseMs, faults }: { keyPrefix: string; leaseMs: number; faults: ScriptFaults },
  ): Promise<ReferenceSystem> {
    const config = readConfig({
      FANOUT_LISTEN: '127.0.0.1:0',
      FANOUT_REDIS_URL: redisUrl,
      FANOUT_KEY_PREFIX: keyPrefix,
      FANOUT_LEASE_MS: String(leaseMs),
    });
    const silent = createLog({ level: 'error' }, { write: () => undefined });
    const app = await startApp(config, silent, 'test');
    const system = new ReferenceSystem(keyPrefix, faults, app, redisUrl);
    await system.#runtime.start();
    for (const name of referenceGraphs) {
      const template = exampleGraph(name);
      await system.#client.upsert({ name, template });
      const { graph } = checkGraph(JSON.stringify(template), { namespace: 'default', nodes: new Map() });
      system.#graphs.set(name, graph!);
    }
    return system;
  }

  async stop(): Promise<void> {
    await this.#runtime.stop();
    this.#client.close();
    await this.#app.stop();
    this.#redis.disconnect();
  }

  /** Runs a graph while one call goes wrong, or none. */
  async run(graph: ReferenceGraph, faulty?: FaultyCall): Promise<FaultyRun> {
    const startedAt = performance.now();
    this.#faults.lay(this.#keyPrefix, faulty);
    const problems: string[] = [];
    try {
      problems.push(...(await this.#problemsOf(graph)));
    } catch (error) {
      problems.push(String(error));
    }
    const { hasHit, counts } = this.#faults.lift(this.#keyPrefix);
    return { hasHit, counts, tookMs: performance.now() - startedAt, problems };
  }

  async #problemsOf(graph: ReferenceGraph): Promise<string[]> {
    const options = { key: `${this.#keyPrefix}-${++this.#runs}` };
    const { id } = await persist(() => this.#client.trigger(graph, inputs, options));
    const signal = AbortSignal.timeout(endTimeoutMs);
    const results = await persist(() => this.#client.result(id, { signal }));
    const found = {
      outputs: results.map(({ output }) => output),
      effects: await persist(() => this.#effectsOf(id)),
      states: await persist(() => this.#statesOf(id)),
    };
    const wanted = expected[graph];
    const problems = isDeepStrictEqual(found, wanted)
      ? []
      : [`${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`];
    return [...problems, ...(await this.#audit(id, graph))];
  }

  /** Notes of the nodes in the store, sorted. */
  async #effectsOf(runId: string): Promise<Record<string, number[]>> {
    const store = (await this.#client.store(runId)) as Record<string, number[]>;
    for (const values of Object.values(store)) values.sort((a, b) => a - b);
    return store;
  }

  /** Numbers of states by `identifier STATUS`. */
  async #statesOf(runId: string): Promise<Record<string, number>> {
    const states: Record<string, number> = {};
    for await (const { identifier, status } of this.#client.states(runId)) {
      const name = `${identifier} ${status}`;
      states[name] = (states[name] ?? 0) + 1;
    }
    return states;
  }

  /** Violations that are still there after a while: what a call that failed has left may have to be found first. */
  async #audit(runId: string, graph: ReferenceGraph): Promise<string[]> {
    let violations: string[] = [];
    const isClean = async () => {
      violations = await audit(this.#redis, this.#keyPrefix, runId, this.#graphs.get(graph)!);
      return violations.length === 0;
    };
    await eventually(isClean, { timeoutMs: auditTimeoutMs, intervalMs: 100 }).catch(() => undefined);
    return violations;
  }
}

/** Makes a call again while storage cannot be reached, as a client should. */
async function persist<T>(call: () => Promise<T>): Promise<T> {
  for (const endAt = performance.now() + endTimeoutMs; ; ) {
    try {
      return await call();
    } catch (error) {
      const isPassing = error instanceof FanoutError && error.reason === 'STORAGE_UNAVAILABLE';
      if (!isPassing || performance.now() > endAt) throw error;
      await delay(error.retryAfterMs ?? 20);
    }
  }
}
