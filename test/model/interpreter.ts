/**
 * Runs a graph as the design's section 4 says, and in no way like the product: no tokens, no counters.
 * After each step it looks at all states to see which scopes are complete.
 */
import { type Behaviour, behaviour, inputsText, type ModelGraph } from './random-graph.ts';
import { Topology } from './topology.ts';

/** One step of a path: an output and a position, or behind all outputs a uniting node. */
type Step = readonly [output: number, position: number];
const behindOutputs = Number.MAX_SAFE_INTEGER;

interface ModelState {
  readonly node: number;
  readonly path: readonly Step[];
  /** The output of each ancestor that it descends from. */
  readonly values: ReadonlyMap<number, string>;
  /** The branch that it belongs to, by scope. */
  readonly branches: ReadonlyMap<Scope, number>;
  readonly inputs: Readonly<Record<string, unknown>>;
  status: 'UNFINISHED' | 'SUCCESS' | 'ERRORED';
  outputs: readonly { id: string }[];
  failureCode: string;
}

interface Scope {
  readonly unite: number;
  readonly united: ModelState;
  readonly total: number;
  readonly delivered: Set<number>;
  hasFired: boolean | undefined;
}

export interface ModelOutcome {
  readonly status: 'SUCCESS' | 'FAILED';
  /** `identifier STATUS` to number of states. */
  readonly counts: Readonly<Record<string, number>>;
  readonly results: readonly { identifier: string; id: string }[];
  /** Inputs of every execution of a uniting node, as text, sorted. */
  readonly unitedInputs: readonly string[];
}

/** A run that grows beyond this is not worth the time. */
const mostStates = 1_500;

/** What a run comes to; undefined: it is too large. */
export function interpret(graph: ModelGraph, seed: number): ModelOutcome | undefined {
  return new Interpreter(graph, seed).run();
}

class Interpreter {
  readonly #graph: ModelGraph;
  readonly #seed: number;
  readonly #topology: Topology;
  readonly #states: ModelState[] = [];
  readonly #scopes: Scope[] = [];
  #retries = new Map<number, number>();

  constructor(graph: ModelGraph, seed: number) {
    this.#graph = graph;
    this.#seed = seed;
    this.#topology = new Topology(graph);
  }

  run(): ModelOutcome | undefined {
    this.#create(0, [], new Map(), new Map(), {});
    for (;;) {
      const state = this.#states.find(({ status }) => status === 'UNFINISHED');
      if (!state) return this.#outcome();
      if (this.#states.length > mostStates) return undefined;
      this.#execute(state);
      while (this.#decideOne()) {
        // A firing may complete the scope around it.
      }
    }
  }

  #create(
    node: number,
    path: readonly Step[],
    values: ReadonlyMap<number, string>,
    branches: ReadonlyMap<Scope, number>,
    lists: Readonly<Record<string, unknown>>,
  ): ModelState {
    const ancestors = [...this.#topology.ancestors[node]!].map((each) => [
      `a${each}`,
      values.get(each) ?? null,
    ]);
    const inputs = { ...Object.fromEntries(ancestors), ...lists };
    const state: ModelState = {
      node,
      path,
      values,
      branches,
      inputs,
      status: 'UNFINISHED',
      outputs: [],
      failureCode: '',
    };
    this.#states.push(state);
    return state;
  }

  #execute(state: ModelState): void {
    const { identifier } = this.#graph[state.node]!;
    let what: Behaviour = behaviour(this.#seed, identifier, state.inputs, 1);
    if (what.kind === 'fails' && what.isRetryable) {
      this.#retries.set(state.node, (this.#retries.get(state.node) ?? 0) + 1);
      what = behaviour(this.#seed, identifier, state.inputs, 2);
    }
    if (what.kind === 'fails') {
      state.status = 'ERRORED';
      state.failureCode = 'NODE_ERROR';
      return;
    }
    state.status = 'SUCCESS';
    state.outputs = what.outputs;
    const opened = this.#topology
      .uniting()
      .filter((unite) => this.#graph[unite]!.unites!.target === state.node)
      .map((unite): Scope => {
        const scope = {
          unite,
          united: state,
          total: what.outputs.length,
          delivered: new Set<number>(),
          hasFired: undefined,
        };
        this.#scopes.push(scope);
        return scope;
      });
    what.outputs.forEach(({ id }, output) => {
      const branches = new Map([...state.branches, ...opened.map((scope) => [scope, output] as const)]);
      this.#graph[state.node]!.next.forEach((next, position) => {
        if (this.#graph[next]!.unites) {
          for (const [scope, branch] of branches) if (scope.unite === next) scope.delivered.add(branch);
          return;
        }
        const covered = [...branches].filter(([scope]) => this.#topology.covers(scope.unite, next));
        const values = new Map([...state.values, [state.node, id]]);
        this.#create(next, [...state.path, [output, position]], values, new Map(covered), {});
      });
    });
  }

  /** Decides an inner scope that is complete before those around it. True if there was one. */
  #decideOne(): boolean {
    const complete = this.#scopes.filter(
      (scope) =>
        scope.hasFired === undefined &&
        this.#states.every((state) => state.status !== 'UNFINISHED' || !state.branches.has(scope)),
    );
    const innermost = complete.find((scope) =>
      complete.every((other) => other === scope || !this.#isWithin(other, scope)),
    );
    if (!innermost) return false;
    this.#decide(innermost);
    return true;
  }

  /** Whether what a scope creates is covered by another one. */
  #isWithin(inner: Scope, outer: Scope): boolean {
    return (
      this.#topology.covers(outer.unite, inner.unite) &&
      (inner.united.branches.has(outer) || inner.united === outer.united)
    );
  }

  #decide(scope: Scope): void {
    const { unite, united, total } = scope;
    const failed = new Set<number>();
    const failures: { identifier: string; path: string; code: string; message: string | null }[] = [];
    for (const state of this.#states) {
      const branch = state.branches.get(scope);
      if (branch === undefined || state.status !== 'ERRORED' || this.#isAnswered(state, scope)) continue;
      failed.add(branch);
      failures.push({
        identifier: this.#graph[state.node]!.identifier,
        path: '',
        code: state.failureCode,
        message: null,
      });
    }
    const succeeded = Array.from({ length: total }, (_, branch) => branch).filter(
      (branch) => !failed.has(branch) && scope.delivered.has(branch),
    );
    const pruned = total - failed.size - succeeded.length;
    scope.hasFired = this.#graph[unite]!.unites!.strategy === 'ALL_DONE' || failed.size === 0;
    const outer = [...united.branches].filter(([other]) => this.#topology.covers(other.unite, unite));
    const path: Step[] = [...united.path, [behindOutputs, unite]];
    const lists: Record<string, unknown> = {};
    for (const node of this.#topology.lists(unite)) {
      lists[`l${node}`] = this.#list(scope, node, new Set(succeeded));
    }
    lists.counts = { total, succeeded: succeeded.length, failed: failed.size, pruned, unfinished: 0 };
    lists.failures = failures.length;
    const state = this.#create(unite, path, united.values, new Map(outer), lists);
    if (scope.hasFired) return;
    state.status = 'ERRORED';
    state.failureCode = 'UNITE_UNSATISFIED';
  }

  /** Whether an inner uniting node, itself covered by the scope, answers for a failure. */
  #isAnswered(state: ModelState, scope: Scope): boolean {
    return [...state.branches.keys()].some(
      (inner) =>
        inner !== scope &&
        this.#topology.covers(scope.unite, inner.unite) &&
        this.#topology.covers(inner.unite, state.node),
    );
  }

  #list(scope: Scope, node: number, succeeded: ReadonlySet<number>): string[] {
    if (node === scope.united.node) {
      return scope.united.outputs.filter((_, branch) => succeeded.has(branch)).map(({ id }) => id);
    }
    return this.#states
      .filter(
        (state) =>
          state.node === node && state.status === 'SUCCESS' && succeeded.has(state.branches.get(scope) ?? -1),
      )
      .sort((left, right) => comparePaths(left.path, right.path))
      .flatMap(({ outputs }) => outputs.map(({ id }) => id));
  }

  #outcome(): ModelOutcome {
    const counts: Record<string, number> = {};
    const count = (node: number, status: string, by: number) => {
      const name = `${this.#graph[node]!.identifier} ${status}`;
      if (by > 0) counts[name] = (counts[name] ?? 0) + by;
    };
    for (const { node, status, outputs } of this.#states) {
      count(node, status, status === 'SUCCESS' ? Math.max(1, outputs.length) : 1);
    }
    for (const [node, by] of this.#retries) count(node, 'RETRY_CREATED', by);
    const isBad = this.#states.some(
      ({ status, branches }) =>
        status === 'ERRORED' && ![...branches.keys()].some(({ hasFired }) => hasFired === true),
    );
    const results = this.#states
      .filter(({ node, status }) => status === 'SUCCESS' && this.#graph[node]!.next.length === 0)
      .sort((left, right) => comparePaths(left.path, right.path))
      .flatMap(({ node, outputs }) =>
        outputs.map(({ id }) => ({ identifier: this.#graph[node]!.identifier, id })),
      );
    const unitedInputs = this.#states
      .filter(({ node, failureCode }) => this.#graph[node]!.unites && failureCode !== 'UNITE_UNSATISFIED')
      .map(({ node, inputs }) => inputsText(this.#graph[node]!.identifier, inputs))
      .sort();
    return { status: isBad ? 'FAILED' : 'SUCCESS', counts, results, unitedInputs };
  }
}

function comparePaths(left: readonly Step[], right: readonly Step[]): number {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [a, b] = [left[i]!, right[i]!];
    if (a[0] !== b[0]) return a[0] - b[0];
    if (a[1] !== b[1]) return a[1] - b[1];
  }
  return left.length - right.length;
}
