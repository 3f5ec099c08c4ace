/**
 * Runs a graph step by step in an order that a seed gives, and decides scopes as soon as they can be decided: what
 * a real system may do. It exists to test the model: whatever comes of some order, the model has to allow.
 */
import { behaviour, type ModelOutput, pruneId } from './behaviour.ts';
import type { ModelGraph } from './model-graph.ts';
import { comparePaths, type Path, pathText, uniteStep } from './path.ts';
import { type Moment, mayFire, mayGiveUp } from './policy.ts';
import { type Delivery, deliveryKey, Observation, type StateRow } from './running/observation.ts';
import { Topology } from './topology.ts';

/** Numbers in [0, 1). */
export type Random = () => number;

/** A flaw that a broken system would have, to see that the model notices. */
export type Flaw =
  | 'fires early'
  | 'counts pruned as succeeded'
  | 'lists a failed branch'
  | 'cancels nothing'
  | 'cancels what is spared'
  | 'forgets a route'
  | 'loses a window'
  | 'tolerates one more'
  | 'runs twice';

interface SimState {
  readonly node: number;
  readonly path: Path;
  readonly values: ReadonlyMap<number, string>;
  readonly branches: ReadonlyMap<SimScope, number>;
  readonly inputs: Readonly<Record<string, unknown>>;
  attempt: number;
  times: number;
  status: string;
  outputs: readonly ModelOutput[];
}

interface SimScope {
  readonly unite: number;
  readonly united: SimState;
  readonly members: SimState[];
  readonly delivered: Set<number>;
  /** Branches that earlier windows had. */
  readonly taken: Set<number>;
  windows: number;
  isClosed: boolean;
  hasFired: boolean;
}

export interface Simulated {
  readonly observation: Observation;
  readonly status: 'SUCCESS' | 'FAILED';
}

export function simulate(graph: ModelGraph, random: Random, flaw?: Flaw): Simulated {
  return new Simulator(graph, random, flaw).run();
}

class Simulator {
  readonly #graph: ModelGraph;
  readonly #topology: Topology;
  readonly #random: Random;
  readonly #flaw: Flaw | undefined;
  readonly #rows: StateRow[] = [];
  readonly #deliveries = new Map<string, Delivery>();
  readonly #states: SimState[] = [];
  readonly #scopes: SimScope[] = [];
  #now = 0;

  constructor(graph: ModelGraph, random: Random, flaw: Flaw | undefined) {
    this.#graph = graph;
    this.#topology = new Topology(graph);
    this.#random = random;
    this.#flaw = flaw;
  }

  run(): Simulated {
    this.#create(0, [], new Map(), new Map(), {});
    for (;;) {
      const timed = this.#scopes.filter(
        ({ isClosed, unite }) => !isClosed && this.#topology.policy(unite).timeoutMs !== undefined,
      );
      const ready = this.#states.filter((state) => state.status === 'CREATED' && !this.#hangs(state));
      if (ready.length === 0 && timed.length === 0) break;
      if (timed.length > 0 && (ready.length === 0 || this.#random() < 0.03))
        this.#timeOut(pick(timed, this.#random));
      else this.#step(pick(ready, this.#random));
    }
    for (const { node, path, attempt, status, outputs } of this.#states) {
      const none = status === 'PRUNED' ? pruneId : '';
      const ids = outputs.length === 0 ? [none] : outputs.map(({ id }) => id);
      const code = status === 'ERRORED' ? 'NODE_ERROR' : '';
      for (const output of ids)
        this.#row(node, path, {
          attempt,
          status: status.replace(/ .*/, ''),
          output,
          code: status.split(' ')[1] ?? code,
        });
    }
    const isBad = this.#states.some(
      (state) => isFailure(state) && ![...state.branches.keys()].some(({ hasFired }) => hasFired),
    );
    return {
      observation: new Observation(this.#rows, this.#deliveries),
      status: isBad ? 'FAILED' : 'SUCCESS',
    };
  }

  #row(node: number, path: Path, rest: Omit<StateRow, 'identifier' | 'path'>): void {
    this.#rows.push({ identifier: this.#graph[node]!.identifier, path: pathText(path), ...rest });
  }

  #hangs({ node, inputs }: SimState): boolean {
    return behaviour(this.#graph[node]!, inputs).fate.kind === 'hangs';
  }

  #create(
    node: number,
    path: Path,
    values: SimState['values'],
    branches: SimState['branches'],
    about: Readonly<Record<string, unknown>>,
  ): SimState {
    const inputs: Record<string, unknown> = { ...about };
    for (const each of this.#topology.ancestors[node]!) inputs[`a${each}`] = values.get(each) ?? null;
    const state = {
      node,
      path,
      values,
      branches,
      inputs,
      attempt: 1,
      times: 0,
      status: 'CREATED',
      outputs: [],
    };
    this.#states.push(state);
    for (const scope of branches.keys()) scope.members.push(state);
    return state;
  }

  /** Hands a state out, and settles what it reports. */
  #step(state: SimState): void {
    const { fate, outputs } = behaviour(this.#graph[state.node]!, state.inputs);
    const key = deliveryKey(this.#graph[state.node]!.identifier, pathText(state.path), state.attempt);
    this.#now += 1;
    state.times += 1;
    this.#deliveries.set(key, {
      times: state.times,
      inputs: state.inputs,
      firstAt: 1e9 * this.#now,
      lastAt: this.#now,
    });
    const isFirst = state.attempt === 1;
    if (
      (fate.kind === 'fails' && fate.isRetryable && isFirst) ||
      (fate.kind === 'outputs' && fate.failsFirst && isFirst)
    ) {
      this.#row(state.node, state.path, {
        attempt: 1,
        status: 'RETRY_CREATED',
        output: '',
        code: 'NODE_ERROR',
      });
      Object.assign(state, { attempt: 2, times: 0 });
      return;
    }
    if (fate.kind === 'outputs' && state.times <= fate.requeues) return;
    state.status = fate.kind === 'outputs' ? 'SUCCESS' : fate.kind === 'prunes' ? 'PRUNED' : 'ERRORED';
    if (fate.kind === 'outputs') this.#goOn(state, outputs);
    this.#decideAll();
  }

  #goOn(state: SimState, outputs: readonly ModelOutput[]): void {
    state.outputs = outputs;
    const opened = this.#topology.uniting
      .filter((unite) => this.#topology.target(unite) === state.node)
      .map(
        (unite): SimScope => ({
          unite,
          united: state,
          members: [],
          delivered: new Set(),
          taken: new Set(),
          windows: 0,
          isClosed: false,
          hasFired: false,
        }),
      );
    this.#scopes.push(...opened);
    outputs.forEach(({ id, route }, output) => {
      const branches = new Map([...state.branches, ...opened.map((scope) => [scope, output] as const)]);
      this.#graph[state.node]!.next.forEach((next, position) => {
        if (route && !route.includes(position) && this.#flaw !== 'forgets a route') return;
        if (this.#graph[next]!.unites) {
          for (const [scope, branch] of branches) if (scope.unite === next) scope.delivered.add(branch);
          return;
        }
        const covered = new Map([...branches].filter(([{ unite }]) => this.#topology.covers(unite, next)));
        this.#create(
          next,
          [...state.path, [output, position]],
          new Map([...state.values, [state.node, id]]),
          covered,
          {},
        );
      });
    });
  }

  /** Decides what can be decided, inner scopes first; a firing may complete the scope around it. */
  #decideAll(): void {
    for (;;) {
      const open = this.#scopes
        .filter(({ isClosed }) => !isClosed)
        .sort((left, right) => left.unite - right.unite);
      if (!open.some((scope) => this.#decide(scope))) return;
    }
  }

  #decide(scope: SimScope): boolean {
    const policy = this.#topology.policy(scope.unite);
    const { moment, succeeded } = this.#standing(scope);
    if (policy.window) return this.#decideWindows(scope, policy.window.count ?? 1);
    const untimed = { ...policy, timeoutMs: undefined } as unknown as typeof policy;
    const early = this.#flaw === 'fires early' && moment.unfinished === 1;
    const seen = early ? { ...moment, unfinished: 0 } : moment;
    const more =
      this.#flaw === 'tolerates one more' && policy.strategy === 'ALL_SUCCESS'
        ? { ...seen, failed: Math.max(0, seen.failed - 1) }
        : seen;
    if (mayFire(untimed, more)) this.#close(scope, true, succeeded, moment.unfinished > 0);
    else if (mayGiveUp(untimed, more)) this.#close(scope, false, succeeded, false);
    else return false;
    return true;
  }

  #timeOut(scope: SimScope): void {
    const { moment, succeeded } = this.#standing(scope);
    const fires = mayFire(this.#topology.policy(scope.unite), moment);
    this.#close(scope, fires, succeeded, moment.unfinished > 0);
    this.#decideAll();
  }

  #decideWindows(scope: SimScope, count: number): boolean {
    const { moment, succeeded } = this.#standing(scope);
    const fresh = succeeded.filter((branch) => !scope.taken.has(branch));
    if (fresh.length < count && moment.unfinished > 0) return false;
    const isFinal = fresh.length < count;
    const listed = fresh.slice(0, isFinal ? fresh.length : count);
    for (const branch of listed) scope.taken.add(branch);
    scope.isClosed = isFinal;
    scope.hasFired = true;
    if (this.#flaw === 'loses a window' && !isFinal && scope.windows === 0) return true;
    this.#unite(scope, listed, { partial: false, final: isFinal }, scope.windows + 1);
    scope.windows += 1;
    return true;
  }

  #standing(scope: SimScope): { moment: Moment; succeeded: number[] } {
    const moment = { succeeded: 0, failed: 0, pruned: 0, unfinished: 0, doomed: 0, isSealed: true };
    const succeeded: number[] = [];
    scope.united.outputs.forEach((_, branch) => {
      const members = scope.members.filter((state) => state.branches.get(scope) === branch);
      const hasFailure = members.some((state) => isFailure(state) && !this.#isAnswered(scope, state));
      if (members.some(({ status }) => status === 'CREATED')) {
        moment.unfinished += 1;
        if (hasFailure) moment.doomed += 1;
      } else if (hasFailure && this.#flaw !== 'lists a failed branch') {
        moment.failed += 1;
      } else if (scope.delivered.has(branch) || this.#flaw === 'counts pruned as succeeded') {
        moment.succeeded += 1;
        succeeded.push(branch);
      } else {
        moment.pruned += 1;
      }
    });
    return { moment, succeeded };
  }

  #isAnswered(scope: SimScope, state: SimState): boolean {
    return [...state.branches.keys()].some(
      (inner) => inner !== scope && this.#topology.covers(scope.unite, inner.unite),
    );
  }

  #close(scope: SimScope, hasFired: boolean, listed: readonly number[], partial: boolean): void {
    scope.isClosed = true;
    scope.hasFired = hasFired;
    const { moment } = this.#standing(scope);
    const about = { counts: this.#counts(scope, moment), failures: this.#failures(scope, moment), partial };
    for (const state of scope.members) {
      if (state.status !== 'CREATED' || this.#flaw === 'cancels nothing') continue;
      const isSpared =
        this.#topology.isSpared(scope.unite, state.node) && this.#flaw !== 'cancels what is spared';
      if (!isSpared) state.status = 'CANCELLED';
    }
    for (const inner of this.#scopes) {
      const isWithin = inner.united === scope.united || inner.united.branches.has(scope);
      if (isWithin && this.#topology.covers(scope.unite, inner.unite)) inner.isClosed = true;
    }
    const state = this.#unite(scope, listed, about);
    if (!hasFired) state.status = 'ERRORED UNITE_UNSATISFIED';
  }

  #unite(scope: SimScope, listed: readonly number[], about: object, window?: number): SimState {
    const { unite, united } = scope;
    const { moment } = this.#standing(scope);
    const inputs: Record<string, unknown> = {
      counts: this.#counts(scope, moment),
      failures: this.#failures(scope, moment),
      ...about,
    };
    for (const node of this.#topology.lists(unite))
      inputs[`l${node}`] = this.#list(scope, node, new Set(listed));
    const outer = new Map(
      [...united.branches].filter(([other]) => this.#topology.covers(other.unite, unite)),
    );
    const times = this.#flaw === 'runs twice' ? [1, 2] : [1];
    const [state] = times.map(() =>
      this.#create(unite, [...united.path, uniteStep(unite, window)], united.values, outer, inputs),
    );
    return state!;
  }

  #counts({ united }: SimScope, { doomed: _, isSealed: __, ...moment }: Moment): object {
    return { total: united.outputs.length, ...moment, left_out: 0 };
  }

  /** Failures in branches that have finished. */
  #failures(scope: SimScope, _: Moment): object[] {
    const unfinished = new Set(
      scope.members.filter(({ status }) => status === 'CREATED').map((state) => state.branches.get(scope)),
    );
    return scope.members
      .filter(
        (state) =>
          state.status.startsWith('ERRORED') &&
          !this.#isAnswered(scope, state) &&
          !unfinished.has(state.branches.get(scope)),
      )
      .map(({ node, path, status }) => ({
        identifier: this.#graph[node]!.identifier,
        path: pathText(path),
        code: status.split(' ')[1] ?? 'NODE_ERROR',
      }));
  }

  #list(scope: SimScope, node: number, listed: ReadonlySet<number>): string[] {
    if (node === scope.united.node)
      return scope.united.outputs.filter((_, branch) => listed.has(branch)).map(({ id }) => id);
    return scope.members
      .filter(
        (state) =>
          state.node === node && state.status === 'SUCCESS' && listed.has(state.branches.get(scope)!),
      )
      .sort((left, right) => comparePaths(left.path, right.path))
      .flatMap(({ outputs }) => outputs.map(({ id }) => id));
  }
}

function isFailure({ status }: SimState): boolean {
  return status.startsWith('ERRORED') || status === 'CANCELLED';
}

function pick<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random() * from.length)]!;
}
