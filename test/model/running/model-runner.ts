/** Runs random graphs on a real state manager and compares with what the interpreter says. */

import { setTimeout as delay } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import * as fc from 'fast-check';
import { RawClient } from '../../support/raw/raw-client.ts';
import { type Feature, features, graphArbitrary } from '../arbitrary.ts';
import { interpret } from '../interpreter.ts';
import type { ModelGraph } from '../model-graph.ts';
import { Topology, templateOf } from '../topology.ts';
import { type Comparison, compare } from './compare.ts';
import { ModelRuntime } from './model-runtime.ts';

const endTimeoutMs = 30_000;
/** A call that lasts longer than this had reached storage before it broke, milliseconds. */
const heldMs = 1_000;
/** Storage may be away for this long at a time, and make a call fail for this long in all, milliseconds. */
const patienceMs = 10_000;
const maxTroubleMs = 60_000;

export interface Search {
  readonly runs: number;
  readonly seed: number;
  /** The path of a failure: only that graph is run, as often as `runs` says. */
  readonly path?: string;
  /** Only this graph is run, as often as `runs` says. */
  readonly graph?: ModelGraph;
  readonly asked?: readonly Feature[];
  readonly atOnce?: number;
}

export interface Found {
  /** Graphs that were run, and what became of their scopes. */
  readonly graphs: number;
  readonly fired: number;
  readonly givenUp: number;
  readonly closedEarly: number;
  readonly states: number;
  /** The first one is shrunk. */
  readonly failures: readonly string[];
}

/** Valid graphs that unite something; a run that grows beyond `maxStates` is not worth the time. */
export function caseArbitrary(
  asked: readonly Feature[] = features,
  maxStates = 600,
): fc.Arbitrary<ModelGraph> {
  return graphArbitrary(asked).filter((graph) => {
    const topology = new Topology(graph);
    if (topology.uniting.length === 0 || !topology.isValid()) return false;
    return interpret(graph, { maxStates }) !== undefined;
  });
}

/** A runtime that behaves as the graphs say, and a client beside it. */
export class ModelRunner {
  readonly #runtime: ModelRuntime;
  readonly #client: RawClient;
  /** Makes a call; where things die, again while storage cannot be reached, as a client should. */
  readonly #make: <T>(call: () => Promise<T>) => Promise<T>;
  readonly #isTroubled: boolean;
  #graphs = 0;

  /**
   * @param address of the state manager that graphs are sent to
   * @param others that the runtime connects to as well, and that may die
   */
  constructor(address: string, others?: () => readonly string[]) {
    this.#isTroubled = others !== undefined;
    this.#make = this.#isTroubled ? persist : (call) => call();
    this.#runtime = new ModelRuntime(() => [address, ...(others?.() ?? [])], this.#isTroubled);
    this.#client = new RawClient(address);
  }

  /** Streams that the runtime has lost. */
  get resumed(): number {
    return this.#runtime.resumed;
  }

  /** Cuts the stream of the runtime. False: there is none at the moment. */
  cut(): Promise<boolean> {
    return this.#runtime.cut();
  }

  async stop(): Promise<void> {
    await this.#runtime.stop();
    this.#client.close();
  }

  /** True if the state manager takes the graph. */
  async accepts(graph: ModelGraph): Promise<boolean> {
    const templateJson = JSON.stringify(templateOf(graph));
    const { violations = [] } = await this.#client.call<{ violations?: unknown[] }>((...more) =>
      this.#client.graphs.validateGraph({ templateJson }, ...more),
    );
    return violations.length === 0;
  }

  /** Runs many graphs side by side; shrinks the first that differs. */
  async search({ runs, seed, path, graph: only, asked = features, atOnce = 24 }: Search): Promise<Found> {
    const property = fc.asyncProperty(caseArbitrary(asked), async (graph) => {
      const { differences } = await this.check(graph);
      if (differences.length > 0) throw new Error(differences.slice(0, 5).join('\n'));
    });
    // With a path the same graph again and again: what differs may depend on the order of things.
    const sample = { seed, ...(path === undefined ? { numRuns: runs } : { path, numRuns: 1 }) };
    const sampled: [ModelGraph][] = only ? [[only]] : fc.sample(property, sample);
    const graphs = Array.from({ length: runs }, (_, index) => sampled[sampled.length === 1 ? 0 : index]![0]);
    const found = { ...nothing, failures: [] as string[] };
    const rest = [...graphs.entries()];
    let first: string | undefined;
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (let next = rest.shift(); next; next = rest.shift()) {
          const [index, graph] = next;
          const { outcome, differences } = await this.check(graph);
          found.graphs += 1;
          found.fired += outcome?.scopes.fired ?? 0;
          found.givenUp += outcome?.scopes.givenUp ?? 0;
          found.closedEarly += outcome?.scopes.closedEarly ?? 0;
          found.states += outcome?.rows.length ?? 0;
          if (differences.length === 0) continue;
          first ??= path ?? String(index);
          found.failures.push(
            `${differences.slice(0, 5).join('\n')}\n${describe(graph, seed, path ?? String(index))}`,
          );
        }
      }),
    );
    const shrunk = first === undefined || only ? undefined : await shrink(property, seed, first);
    if (shrunk) found.failures.unshift(shrunk);
    return found;
  }

  /** Runs one graph. A run that does not end differs too. */
  async check(graph: ModelGraph): Promise<Partial<Comparison> & Pick<Comparison, 'differences'>> {
    this.#graphs += 1;
    const name = `model-${process.pid}-${this.#graphs}`;
    this.#runtime.learn(name, graph);
    await this.#make(() => this.#client.upsert(name, templateOf(graph)));
    const runId = await this.#make(() => this.#client.trigger(name, {}, { idempotencyKey: name }));
    try {
      const { run, results } = await this.#make(() => this.#client.end(runId, endTimeoutMs));
      const states = await this.#make(() => this.#client.states(runId));
      const comparison = compare(graph, { run, results, states, ...this.#runtime.forget(runId, name) });
      if (this.#isTroubled || this.resumed === 0) return comparison;
      const differences = [...comparison.differences, 'the runtime lost its stream, and nobody had cut it'];
      return { ...comparison, differences };
    } catch (error) {
      const states = await this.#make(() => this.#client.states(runId));
      const waiting = states.filter(({ status }) => /CREATED|QUEUED|EXECUTED/.test(status ?? ''));
      return { differences: [`${(error as Error).message}; unfinished: ${JSON.stringify(waiting)}`] };
    }
  }
}

/** Makes a call again for as long as storage cannot be reached: a call may last long before that breaks it. */
async function persist<T>(call: () => Promise<T>): Promise<T> {
  let awaySince: number | undefined;
  let troubledSince: number | undefined;
  for (;;) {
    const begunAt = performance.now();
    try {
      return await call();
    } catch (error) {
      if ((error as grpc.ServiceError).code !== grpc.status.UNAVAILABLE) throw error;
      const now = performance.now();
      // A call that held for a while has reached storage: it is away since now.
      if (awaySince === undefined || now - begunAt > heldMs) awaySince = now;
      troubledSince ??= now;
      if (now - awaySince > patienceMs || now - troubledSince > maxTroubleMs) throw error;
      await delay(20);
    }
  }
}

const nothing: Found = { graphs: 0, fired: 0, givenUp: 0, closedEarly: 0, states: 0, failures: [] };

function describe(graph: ModelGraph, seed: number, path: string): string {
  const replay = `npm run test:model -- --seed ${seed} --path ${path}`;
  return `graph ${JSON.stringify(graph)}\ntemplate ${JSON.stringify(templateOf(graph))}\n${replay}`;
}

/** Runs the graph of a path again, and smaller ones for as long as they fail; undefined: it does not fail again. */
async function shrink(
  property: fc.IAsyncProperty<[ModelGraph]>,
  seed: number,
  path: string,
): Promise<string | undefined> {
  const details = await fc.check(property, { seed, path, numRuns: 1, interruptAfterTimeLimit: 60_000 });
  if (!details.failed || !details.counterexample) return undefined;
  const [graph] = details.counterexample;
  const message = (details.errorInstance as Error | null)?.message ?? '';
  return `shrunk: ${message}\n${describe(graph, seed, details.counterexamplePath ?? path)}`;
}
