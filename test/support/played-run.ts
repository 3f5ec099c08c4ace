/** A run whose states the test executes by hand, in whatever order. */
import assert from 'node:assert/strict';
import type { Assignment__Output, Report } from '@fanout/proto';
import type { TestGraph } from './graphs.ts';
import type { RawRuntime } from './raw/raw-runtime.ts';
import type { TestSystem } from './system.ts';

let graphs = 0;

interface FailOptions extends Pick<Report, 'storeChanges'> {
  readonly retry?: boolean;
}

export class PlayedRun {
  readonly id: string;
  readonly #runtime: RawRuntime;
  #held: Assignment__Output[] = [];

  private constructor(id: string, runtime: RawRuntime) {
    this.id = id;
    this.#runtime = runtime;
  }

  /** Starts a run of a new graph, with one runtime for all of its nodes: it must be the only one that has them. */
  static async start(system: TestSystem, template: TestGraph, inputs: unknown = {}): Promise<PlayedRun> {
    const runtime = await system.connect([...new Set(template.nodes.map((node) => node.node_name))]);
    return new PlayedRun(await system.client.start(`played-${++graphs}`, template, inputs), runtime);
  }

  /** Waits for the next state at a place to be handed out. */
  async take(identifier: string): Promise<Assignment__Output> {
    return (await this.takeAll(identifier, 1))[0]!;
  }

  /** Waits for so many states at a place, and gives them in the order of their inputs. */
  async takeAll(identifier: string, count: number): Promise<Assignment__Output[]> {
    const isHere = (each: Assignment__Output) => each.runId === this.id && each.identifier === identifier;
    while (this.#held.filter(isHere).length < count) this.#held.push(...(await this.#runtime.assignments(1)));
    const found = this.#held
      .filter(isHere)
      .sort((a, b) => ((a.inputsJson ?? '') < (b.inputsJson ?? '') ? -1 : 1));
    const taken = found.slice(0, count);
    this.#held = this.#held.filter((each) => !taken.includes(each));
    return taken;
  }

  /** Reports outputs and waits until they are durable. */
  async give(assignment: Assignment__Output, ...outputs: unknown[]): Promise<void> {
    this.#runtime.reportExecuted(assignment, outputs);
    await this.#settled();
  }

  /** Reports `{ i }` for each route, which it goes: to the next nodes that are named, or to all. */
  async giveRouted(
    assignment: Assignment__Output,
    routes: readonly (readonly string[] | undefined)[],
  ): Promise<void> {
    const outputs = routes.map((nextNodes, i) => ({
      outputJson: JSON.stringify({ i }),
      ...(nextNodes && { route: { nextNodes: [...nextNodes] } }),
    }));
    this.#runtime.report(assignment, { executed: { outputs } });
    await this.#settled();
  }

  /** Reports an error that is not retried, unless told so, and waits until it is settled. */
  async fail(assignment: Assignment__Output, { retry = false, ...more }: FailOptions = {}): Promise<void> {
    const errored = { code: 'BROKEN', message: 'BROKEN on purpose', notRetryable: !retry };
    this.#runtime.report(assignment, { errored, ...more });
    await this.#settled();
  }

  async prune(assignment: Assignment__Output): Promise<void> {
    this.#runtime.report(assignment, { pruned: {} });
    await this.#settled();
  }

  /** Answers all that is handed out, until nothing of the run is left. */
  async playOn(
    outputsOf: (assignment: Assignment__Output) => readonly unknown[],
    last: string,
  ): Promise<void> {
    for (;;) {
      if (this.#held.length === 0) this.#held.push(...(await this.#runtime.assignments(1)));
      for (const each of this.#held.splice(0)) {
        await this.give(each, ...outputsOf(each));
        if (each.identifier === last) return;
      }
    }
  }

  async #settled(): Promise<void> {
    assert.equal((await this.#runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
  }
}

/** The inputs of an assignment, parsed. */
export function inputsOf({ inputsJson = '' }: Assignment__Output): Record<string, unknown> {
  return JSON.parse(inputsJson) as Record<string, unknown>;
}
