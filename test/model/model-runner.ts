/** Runs random graphs on a real state manager and compares with what the interpreter says. */
import assert from 'node:assert/strict';
import {
  type Assignment__Output,
  fanoutV1,
  type Report,
  type Run__Output,
  type RunResult__Output,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { RawRuntime } from '../support/raw-runtime.ts';
import { interpret, type ModelOutcome } from './interpreter.ts';
import { behaviour, inputsText, type ModelGraph, Random, randomGraph } from './random-graph.ts';
import { Topology, templateOf } from './topology.ts';

const mostNodes = 9;
const deadlineMs = 60_000;

export interface ModelCase {
  readonly seed: number;
  readonly graph: ModelGraph;
  readonly expected: ModelOutcome;
}

/** The case of a seed; undefined: its graph is not valid, unites nothing, or its run is too large. */
export function modelCase(seed: number): ModelCase | undefined {
  const graph = randomGraph(new Random(seed));
  const topology = new Topology(graph);
  if (topology.uniting().length === 0 || !topology.isValid()) return undefined;
  const expected = interpret(graph, seed);
  return expected && { seed, graph, expected };
}

/** A runtime that behaves as the seeds say, and a client beside it. */
export class ModelRunner {
  readonly #runtime: RawRuntime;
  readonly #graphs: InstanceType<typeof fanoutV1.GraphService>;
  readonly #runs: InstanceType<typeof fanoutV1.RunService>;
  readonly #unitedInputs = new Map<string, string[]>();
  readonly #executing: Promise<void>;

  constructor(address: string) {
    this.#runtime = new RawRuntime(address);
    const credentials = grpc.credentials.createInsecure();
    this.#graphs = new fanoutV1.GraphService(address, credentials);
    this.#runs = new fanoutV1.RunService(address, credentials);
    this.#executing = this.#execute();
  }

  async stop(): Promise<void> {
    await this.#runtime.goodbye();
    await this.#executing;
    this.#graphs.close();
    this.#runs.close();
  }

  /** Whether the state manager takes the graph. */
  async accepts(graph: ModelGraph): Promise<boolean> {
    const templateJson = JSON.stringify(templateOf(graph));
    const response = await unary<{ violations?: unknown[] }>((done) =>
      this.#graphs.validateGraph({ templateJson }, done),
    );
    return (response.violations ?? []).length === 0;
  }

  /** Runs a case; throws an AssertionError that names the seed where system and model differ. */
  async check({ seed, graph, expected }: ModelCase): Promise<void> {
    const name = `model-${seed}`;
    const templateJson = JSON.stringify(templateOf(graph));
    await unary((done) => this.#graphs.upsertGraph({ name, templateJson }, done));
    const { runId = '' } = await unary<{ runId?: string }>((done) =>
      this.#runs.triggerRun({ graphName: name, idempotencyKey: 'once' }, done),
    );
    const { run, results } = await this.#watch(runId);
    const actual: ModelOutcome = {
      status: run.status === 'RUN_STATUS_SUCCESS' ? 'SUCCESS' : 'FAILED',
      counts: countsOf(run),
      results: results.map(({ identifier = '', outputJson = '' }) => ({
        identifier,
        id: JSON.parse(outputJson).id,
      })),
      unitedInputs: (this.#unitedInputs.get(runId) ?? []).sort(),
    };
    const sorted = { ...expected, counts: Object.fromEntries(Object.entries(expected.counts).sort()) };
    assert.deepEqual(actual, sorted, `seed ${seed}: the run differs from the model; graph ${templateJson}`);
  }

  async #execute(): Promise<void> {
    const nodes = Array.from({ length: mostNodes }, (_, index) => ({ name: `Node${index}` }));
    await this.#runtime.hello({ nodes, capacity: { total: 300 } });
    for (;;) {
      const frame = await Promise.race([
        this.#runtime.next('assignments', 3_600_000),
        this.#runtime.ended,
      ]).catch(() => undefined);
      if (!frame || !('items' in frame)) return;
      const reports = await Promise.all((frame.items ?? []).map((assignment) => this.#report(assignment)));
      this.#runtime.send({ reports: { items: reports } });
    }
  }

  async #report(assignment: Assignment__Output): Promise<Report> {
    const {
      runId = '',
      identifier = '',
      graphName = '',
      inputsJson = '{}',
      stateId = '',
      leaseToken = '',
    } = assignment;
    const inputs = JSON.parse(inputsJson) as Record<string, unknown>;
    if (Array.isArray(inputs.failures)) inputs.failures = inputs.failures.length;
    if ('counts' in inputs && assignment.attempt === 1) {
      const seen = this.#unitedInputs.get(runId) ?? [];
      this.#unitedInputs.set(runId, [...seen, inputsText(identifier, inputs)]);
    }
    const what = behaviour(
      Number(graphName.slice('model-'.length)),
      identifier,
      inputs,
      assignment.attempt ?? 1,
    );
    const lease = { stateId, leaseToken };
    if (what.kind === 'fails') {
      return {
        ...lease,
        errored: { code: 'NODE_ERROR', message: 'on purpose', notRetryable: !what.isRetryable },
      };
    }
    return {
      ...lease,
      executed: { outputs: what.outputs.map((output) => ({ outputJson: JSON.stringify(output) })) },
    };
  }

  #watch(runId: string): Promise<{ run: Run__Output; results: RunResult__Output[] }> {
    return new Promise((resolve, reject) => {
      let run: Run__Output = {};
      const results: RunResult__Output[] = [];
      const call = this.#runs.watchRun({ runId }, { deadline: Date.now() + deadlineMs });
      call.on('data', (message) => {
        if (message.run) run = message.run;
        results.push(...(message.results ?? []));
      });
      call.on('error', (error) =>
        reject(new Error(`run ${runId}: ${error.message}; last ${JSON.stringify(run)}`)),
      );
      call.on('end', () => resolve({ run, results }));
    });
  }
}

function countsOf({ counts = [] }: Run__Output): Record<string, number> {
  const entries = counts.flatMap(({ identifier, nodeName: _, ...byStatus }) =>
    Object.entries(byStatus)
      .filter(([, count]) => (count ?? 0) > 0)
      .map(([status, count]) => [`${identifier} ${statusName(status)}`, count] as const),
  );
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function statusName(field: string): string {
  return field.replace(/[A-Z]/g, '_$&').toUpperCase();
}

function unary<T>(call: (done: (error: grpc.ServiceError | null, value?: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value as T)));
  });
}
