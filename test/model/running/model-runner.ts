/** Runs random graphs on a real state manager and compares with what the interpreter says. */
import type * as fc from 'fast-check';
import { RawClient } from '../../support/raw/raw-client.ts';
import { type Feature, features, graphArbitrary } from '../arbitrary.ts';
import { interpret } from '../interpreter.ts';
import type { ModelGraph } from '../model-graph.ts';
import { Topology, templateOf } from '../topology.ts';
import { type Comparison, compare } from './compare.ts';
import { type LearningRuntime, ModelRuntime } from './model-runtime.ts';
import { persist } from './persist.ts';
import { type Sample, searchCases } from './search-cases.ts';

const endTimeoutMs = 30_000;

export interface Search extends Sample {
  /** Only this graph is run, as often as `runs` says. */
  readonly graph?: ModelGraph;
  readonly asked?: readonly Feature[];
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
  readonly #runtime: LearningRuntime;
  readonly #client: RawClient;
  /** Makes a call; where things die, again while storage cannot be reached, as a client should. */
  readonly #make: <T>(call: () => Promise<T>) => Promise<T>;
  readonly #isTroubled: boolean;
  #graphs = 0;

  /**
   * @param address of the state manager that graphs are sent to
   * @param others that the runtime connects to as well, and that may die
   * @param hosted the runtime; absent: one of the test's own, which speaks the protocol by itself
   */
  constructor(address: string, others?: () => readonly string[], hosted?: LearningRuntime) {
    this.#isTroubled = others !== undefined;
    this.#make = this.#isTroubled ? persist : (call) => call();
    this.#runtime = hosted ?? new ModelRuntime(() => [address, ...(others?.() ?? [])], this.#isTroubled);
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
  async search({ graph, asked = features, ...sample }: Search): Promise<Found> {
    const found = { ...nothing };
    const failures = await searchCases({
      ...sample,
      ...(graph && { only: graph }),
      arbitrary: caseArbitrary(asked),
      check: (each) => this.check(each),
      checked: ({ outcome }) => {
        found.graphs += 1;
        found.fired += outcome?.scopes.fired ?? 0;
        found.givenUp += outcome?.scopes.givenUp ?? 0;
        found.closedEarly += outcome?.scopes.closedEarly ?? 0;
        found.states += outcome?.rows.length ?? 0;
      },
      describe: (each, path) => describe(each, sample.seed, path),
    });
    return { ...found, failures };
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
      const { status } = await this.#make(() => this.#client.run(runId));
      return {
        differences: [`${(error as Error).message}; ${status}; unfinished: ${JSON.stringify(waiting)}`],
      };
    }
  }
}

const nothing = { graphs: 0, fired: 0, givenUp: 0, closedEarly: 0, states: 0 };

function describe(graph: ModelGraph, seed: number, path: string): string {
  const replay = `npm run test:model -- --seed ${seed} --path ${path}`;
  return `graph ${JSON.stringify(graph)}\ntemplate ${JSON.stringify(templateOf(graph))}\n${replay}`;
}
