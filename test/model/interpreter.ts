/**
 * Runs a graph as docs/rules/execution.md says, and in no way like the product: no tokens, no counters. It lets every
 * state come to its end, then looks at all states of a scope to decide it, the innermost first.
 *
 * Where the rules let the order decide (quorums, timeouts, failing fast, windows), an observation of a run says
 * which states were cancelled and what uniting nodes were given; the model goes on from there, and lists as
 * problems what no order explains. Without an observation nothing is cancelled but what hangs. Where a user has cancelled a
 * part of a run, the observation says what had been done before.
 */
import { behaviour, inputsText, type ModelOutput, pruneId } from './behaviour.ts';
import { decide } from './decide.ts';
import type { ModelGraph } from './model-graph.ts';
import { comparePaths, type Path, pathText, uniteStep } from './path.ts';
import { compareRows, deliveryKey, type Observation, type StateRow } from './running/observation.ts';
import { isCut, type ModelState, Scope } from './scope.ts';
import { Topology } from './topology.ts';
import type { Firing, Verdict } from './verdict.ts';

interface ModelDelivery {
  readonly times: number;
  readonly inputs: string;
}

export interface ModelOutcome {
  readonly status: 'SUCCESS' | 'FAILED';
  /** Rows in the order of `compareRows`. */
  readonly rows: readonly StateRow[];
  /** Ordered by path. */
  readonly results: readonly { readonly identifier: string; readonly id: string }[];
  /** Deliveries by `deliveryKey`: how often each state is handed out, with which inputs. */
  readonly deliveries: ReadonlyMap<string, ModelDelivery>;
  /** Observations that no order of events explains. */
  readonly problems: readonly string[];
  /** Numbers of scopes that were decided, and of those that were while something was unfinished. */
  readonly scopes: { readonly fired: number; readonly givenUp: number; readonly closedEarly: number };
}

export interface InterpretOptions {
  readonly observation?: Observation;
  /** States that a run has at most; any number if absent. */
  readonly maxStates?: number;
  /** True of the paths in the part of the run that a user has cancelled; absent: nothing was. */
  readonly isCancelled?: (path: string) => boolean;
}

/** The outcome of a run; undefined: it has more than `maxStates` states. */
export function interpret(graph: ModelGraph, options: InterpretOptions = {}): ModelOutcome | undefined {
  return new Interpreter(graph, options).run();
}

/** Parts that a state is created with, but for its node and path. */
type Descent = Pick<ModelState, 'values' | 'branches' | 'isOptional'>;

class Interpreter {
  readonly #graph: ModelGraph;
  readonly #topology: Topology;
  readonly #observation: Observation | undefined;
  readonly #maxStates: number;
  readonly #isCancelled: (path: string) => boolean;
  readonly #states: ModelState[] = [];
  readonly #unfinished: ModelState[] = [];
  /** Scopes to decide, by uniting node. */
  readonly #open = new Map<number, Scope[]>();
  readonly #scopes: Scope[] = [];
  readonly #deliveries = new Map<string, ModelDelivery>();
  readonly #problems: { scope: Scope | undefined; text: string }[] = [];
  /** Open fan-outs that were told to stop. */
  readonly #stopped: ModelState[] = [];
  #size = 0;

  constructor(
    graph: ModelGraph,
    { observation, maxStates = Infinity, isCancelled = () => false }: InterpretOptions,
  ) {
    this.#graph = graph;
    this.#topology = new Topology(graph);
    this.#observation = observation;
    this.#maxStates = maxStates;
    this.#isCancelled = isCancelled;
  }

  run(): ModelOutcome | undefined {
    this.#create(0, [], { values: new Map(), branches: new Map(), isOptional: false }, {});
    for (;;) {
      for (let state = this.#unfinished.pop(); state; state = this.#unfinished.pop()) {
        this.#execute(state);
        if (this.#size > this.#maxStates) return undefined;
      }
      const scope = this.#innermost();
      if (!scope) return this.#outcome();
      if (this.#hasLost(scope)) this.#cancelUnite(scope);
      else this.#apply(scope, decide(scope, this.#graph, this.#topology, this.#observation));
    }
  }

  /** An inner uniting node leads to those around it, so its index is smaller. */
  #innermost(): Scope | undefined {
    const unite = this.#topology.uniting.find((each) => (this.#open.get(each)?.length ?? 0) > 0);
    return unite === undefined ? undefined : this.#open.get(unite)!.pop();
  }

  #create(
    node: number,
    path: Path,
    descent: Descent,
    about: Readonly<Record<string, unknown>> | undefined,
  ): ModelState {
    const ancestors = [...this.#topology.ancestors[node]!].map((each) => [
      `a${each}`,
      descent.values.get(each) ?? null,
    ]);
    const state: ModelState = {
      node,
      path,
      ...descent,
      inputs: about && { ...Object.fromEntries(ancestors), ...about },
      status: 'UNFINISHED',
      outputs: [],
      code: '',
      isRetry: false,
      isCancelled: false,
      cutBy: undefined,
    };
    this.#states.push(state);
    this.#unfinished.push(state);
    for (const scope of descent.branches.keys()) scope.members.push(state);
    return state;
  }

  #execute(state: ModelState): void {
    this.#size += 1;
    const node = this.#graph[state.node]!;
    const seen = this.#observation?.at(node.identifier, pathText(state.path));
    if (seen && (this.#cancel(state, seen) || this.#cut(state, seen) || this.#stop(state, seen))) return;
    if (!state.inputs) {
      this.#problem(undefined, `${this.#name(state)} was not cancelled and never handed out`);
      state.status = 'ERRORED';
      return;
    }
    const { fate, outputs } = behaviour(node, state.inputs);
    this.#deliver(state, 1, fate.kind === 'outputs' && !fate.failsFirst ? fate.requeues : 0);
    switch (fate.kind) {
      case 'hangs':
        if (seen) this.#problem(undefined, `${this.#name(state)} hangs and was not cancelled`);
        state.status = 'CANCELLED';
        return;
      case 'prunes':
        state.status = 'PRUNED';
        return;
      case 'fails':
        state.isRetry = fate.isRetryable;
        if (fate.isRetryable) this.#deliver(state, 2, 0);
        state.status = 'ERRORED';
        state.code = 'NODE_ERROR';
        if (outputs.length > 0) this.#goOn(state, outputs);
        return;
      case 'outputs':
        state.isRetry = fate.failsFirst;
        if (fate.failsFirst) this.#deliver(state, 2, fate.requeues);
        state.status = 'SUCCESS';
        this.#goOn(state, outputs);
    }
  }

  #deliver(state: ModelState, attempt: number, requeues: number): void {
    const key = deliveryKey(this.#graph[state.node]!.identifier, pathText(state.path), attempt);
    this.#deliveries.set(key, { times: 1 + requeues, inputs: inputsText(state.inputs ?? {}) });
  }

  /** Takes over that a state was cancelled, or never created, where a scope around it can have done that. */
  #cut(state: ModelState, seen: readonly StateRow[]): boolean {
    const canBeCut = [...state.branches.keys()].some(({ unite }) => this.#topology.canCloseEarly(unite));
    if (seen.length === 0 && (canBeCut || state.isOptional)) {
      state.status = 'ABSENT';
      return true;
    }
    return canBeCut && this.#takeCancelled(state, seen);
  }

  /** Takes over that a user cancelled a state, where one may have. */
  #cancel(state: ModelState, seen: readonly StateRow[]): boolean {
    state.isCancelled = this.#isInCancelled(state) && this.#takeCancelled(state, seen);
    return state.isCancelled;
  }

  #isInCancelled({ node, path }: ModelState): boolean {
    if (this.#isCancelled(pathText(path))) return true;
    // With all that it emits, an open fan-out is cancelled itself: it would only make more.
    const children = [0, 1].map((output) => pathText([...path, [output, 0]]));
    return this.#graph[node]!.isOpen && children.every((child) => this.#isCancelled(child));
  }

  /** True if the newest attempt is CANCELLED; then it is taken over, with what it had done before. */
  #takeCancelled(state: ModelState, seen: readonly StateRow[]): boolean {
    const last = seen.filter((row) => row.status !== 'RETRY_CREATED' && !this.#isEmitted(state, row));
    if (last.length === 0 || last.some(({ status }) => status !== 'CANCELLED')) return false;
    state.status = 'CANCELLED';
    // Which code a cancelled state carries has no rule, but all that name it agree.
    state.code = last[0]!.code;
    state.isRetry = last.some(({ attempt }) => attempt === 2);
    const { fate, outputs } = state.inputs
      ? behaviour(this.#graph[state.node]!, state.inputs)
      : { fate: undefined, outputs: [] };
    const mayRetry = fate?.kind === 'fails' ? fate.isRetryable : fate?.kind === 'outputs' && fate.failsFirst;
    if (state.isRetry && state.inputs) this.#deliver(state, 1, 0);
    if (state.isRetry && !mayRetry)
      this.#problem(undefined, `${this.#name(state)} had no reason for a retry`);
    // Emitted, or executed with next states still to be created.
    const count = seen.filter(({ output }) => output !== '').length;
    if (count > 0) this.#goOn(state, outputs.slice(0, count), true);
    return true;
  }

  #isEmitted({ node }: ModelState, { output, status }: StateRow): boolean {
    return this.#graph[node]!.isOpen && status === 'SUCCESS' && output !== '';
  }

  /** Takes over that an open fan-out was told to stop: what had been emitted was enough for all unites that waited. */
  #stop(state: ModelState, seen: readonly StateRow[]): boolean {
    const node = this.#graph[state.node]!;
    if (!node.isOpen || !state.inputs || !this.#topology.canStop(state.node)) return false;
    const own = seen.find((row) => row.status === 'SUCCESS' && !this.#isEmitted(state, row));
    if (!own) return false;
    const emitted = seen.filter((row) => this.#isEmitted(state, row)).length;
    const { fate, outputs } = behaviour(node, state.inputs);
    const isDone = fate.kind === 'outputs' && emitted === outputs.length;
    if (isDone && own.attempt === (fate.failsFirst ? 2 : 1)) return false;
    state.status = 'SUCCESS';
    state.isRetry = own.attempt === 2;
    for (let attempt = 1; attempt <= own.attempt; attempt++) {
      const delivery = this.#observation?.delivery(node.identifier, pathText(state.path), attempt);
      if (delivery) this.#deliver(state, attempt, delivery.times - 1);
    }
    this.#goOn(state, outputs.slice(0, emitted));
    this.#stopped.push(state);
    return true;
  }

  /** Gives the outputs of a state to its next states. */
  #goOn(state: ModelState, outputs: readonly ModelOutput[], isOptional = state.isOptional): void {
    state.outputs = outputs;
    this.#size += outputs.length;
    // An open fan-out that fails behind some outputs counts as one more branch.
    const hasFailed = state.status !== 'SUCCESS' && this.#graph[state.node]!.isOpen;
    const total = outputs.length + (hasFailed ? 1 : 0);
    const opened = this.#topology.uniting
      .filter((unite) => this.#topology.target(unite) === state.node)
      .map((unite) => this.#openScope(new Scope(unite, state, total)));
    outputs.forEach(({ id, route }, output) => {
      const branches = new Map([...state.branches, ...opened.map((scope) => [scope, output] as const)]);
      this.#graph[state.node]!.next.forEach((next, position) => {
        if (route && !route.includes(position)) return;
        if (this.#graph[next]!.unites) {
          for (const [scope, branch] of branches) if (scope.unite === next) scope.delivered.add(branch);
          return;
        }
        const covered = [...branches].filter(([scope]) => this.#topology.covers(scope.unite, next));
        const values = new Map([...state.values, [state.node, id]]);
        this.#create(
          next,
          [...state.path, [output, position]],
          { values, branches: new Map(covered), isOptional },
          {},
        );
      });
    });
    if (!hasFailed) return;
    for (const scope of opened) {
      state.branches.set(scope, outputs.length);
      scope.members.push(state);
    }
  }

  #openScope(scope: Scope): Scope {
    this.#scopes.push(scope);
    this.#open.set(scope.unite, [...(this.#open.get(scope.unite) ?? []), scope]);
    return scope;
  }

  /** True if a user cancelled something that a scope within the cancelled part waited for. */
  #hasLost({ unite, united, members }: Scope): boolean {
    const isWithin = this.#isCancelled(pathText([...united.path, uniteStep(unite)]));
    return isWithin && members.some(({ isCancelled }) => isCancelled);
  }

  #cancelUnite(scope: Scope): void {
    scope.hasFired = false;
    const state = this.#createUniting(scope, undefined, undefined);
    this.#unfinished.splice(this.#unfinished.indexOf(state), 1);
    state.status = 'CANCELLED';
    state.code = 'UNITE_CANCELLED';
    state.isCancelled = true;
  }

  #apply(scope: Scope, { hasFired, firings, cut, problems }: Verdict): void {
    scope.hasFired = hasFired;
    for (const text of problems) this.#problem(scope, text);
    if (hasFired !== undefined) this.#close(scope, cut);
    for (const firing of firings) this.#unite(scope, firing);
  }

  #close(scope: Scope, cut: readonly ModelState[]): void {
    scope.closedEarly = cut.length > 0;
    for (const state of cut) if (!this.#topology.isSpared(scope.unite, state.node)) state.cutBy = scope;
  }

  #unite(scope: Scope, { window, listed, about }: Firing): void {
    const { unite } = scope;
    const lists = this.#topology
      .lists(unite)
      .map((node) => [`l${node}`, this.#list(scope, node, listed ?? new Set())]);
    const inputs = listed && { ...Object.fromEntries(lists), ...about };
    const state = this.#createUniting(scope, window, inputs);
    if (scope.hasFired !== false) return;
    this.#unfinished.splice(this.#unfinished.indexOf(state), 1);
    // A scope around it that closed first has it cancelled instead.
    const seen = this.#observation?.at(this.#graph[unite]!.identifier, pathText(state.path)) ?? [];
    if (seen.length > 0 && this.#cut(state, seen)) return;
    state.status = 'ERRORED';
    state.code = 'UNITE_UNSATISFIED';
  }

  #createUniting(
    { unite, united }: Scope,
    window: number | undefined,
    inputs: Readonly<Record<string, unknown>> | undefined,
  ): ModelState {
    const outer = [...united.branches].filter(([other]) => this.#topology.covers(other.unite, unite));
    const descent = { values: united.values, branches: new Map(outer), isOptional: false };
    return this.#create(unite, [...united.path, uniteStep(unite, window)], descent, inputs);
  }

  #list(scope: Scope, node: number, listed: ReadonlySet<number>): string[] {
    if (node === scope.united.node) {
      return scope.united.outputs.filter((_, branch) => listed.has(branch)).map(({ id }) => id);
    }
    return scope.members
      .filter(
        (state) =>
          state.node === node &&
          (state.status === 'SUCCESS' || this.#graph[node]!.isOpen) &&
          listed.has(state.branches.get(scope) ?? -1),
      )
      .sort((left, right) => comparePaths(left.path, right.path))
      .flatMap(({ outputs }) => outputs.map(({ id }) => id));
  }

  #outcome(): ModelOutcome {
    for (const state of this.#states) {
      if (!isCut(state) || state.cutBy || state.isOptional || state.isCancelled || !this.#observation)
        continue;
      this.#problem(undefined, `${this.#name(state)} is ${state.status} and no scope closed early around it`);
    }
    for (const state of this.#stopped) {
      const scopes = this.#scopes.filter((each) => each.united === state || state.branches.has(each));
      if (scopes.every((scope) => scope.hasFired === undefined && !this.#isMoot(scope))) {
        this.#problem(undefined, `${this.#name(state)} was stopped and no scope of it was decided`);
      }
    }
    const isBad = this.#states.some(
      ({ status, branches }) =>
        (status === 'ERRORED' || status === 'CANCELLED') &&
        ![...branches.keys()].some(({ hasFired }) => hasFired === true),
    );
    const results = this.#states
      .filter(({ node, status }) => {
        const { next, isOpen } = this.#graph[node]!;
        return next.length === 0 && (status === 'SUCCESS' || isOpen);
      })
      .sort((left, right) => comparePaths(left.path, right.path))
      .flatMap(({ node, outputs }) =>
        outputs.map(({ id }) => ({ identifier: this.#graph[node]!.identifier, id })),
      );
    return {
      status: isBad ? 'FAILED' : 'SUCCESS',
      rows: this.#states.flatMap((state) => this.#rows(state)).sort(compareRows),
      results,
      deliveries: this.#deliveries,
      problems: this.#problems.filter(({ scope }) => !scope || !this.#isMoot(scope)).map(({ text }) => text),
      scopes: {
        fired: this.#scopes.filter(({ hasFired }) => hasFired === true).length,
        givenUp: this.#scopes.filter(({ hasFired }) => hasFired === false).length,
        closedEarly: this.#scopes.filter(({ closedEarly }) => closedEarly).length,
      },
    };
  }

  /** True if a scope around this one closed before it: what became of it then has no rule. */
  #isMoot(scope: Scope): boolean {
    const around = this.#scopes.filter(
      (other) => other.united === scope.united || scope.united.branches.has(other),
    );
    return around.some(
      (other) => other !== scope && other.closedEarly && this.#topology.covers(other.unite, scope.unite),
    );
  }

  #rows({ node, path, status, outputs, code, isRetry }: ModelState): StateRow[] {
    if (status === 'ABSENT') return [];
    const place = { identifier: this.#graph[node]!.identifier, path: pathText(path) };
    const failed = { ...place, attempt: 1, status: 'RETRY_CREATED', output: '', code: 'NODE_ERROR' };
    const none = status === 'PRUNED' ? pruneId : '';
    const attempt = isRetry ? 2 : 1;
    const emitted = this.#graph[node]!.isOpen ? outputs : [];
    const ids = outputs.length === emitted.length ? [none] : outputs.map(({ id }) => id);
    return [
      ...(isRetry ? [failed] : []),
      ...emitted.map(({ id }) => ({ ...place, attempt: 1, status: 'SUCCESS', output: id, code: '' })),
      ...ids.map((output) => ({ ...place, attempt, status, output, code })),
    ];
  }

  #name({ node, path }: ModelState): string {
    return `${this.#graph[node]!.identifier} at ${pathText(path) || 'the root'}`;
  }

  #problem(scope: Scope | undefined, text: string): void {
    const where = scope
      ? `the scope of ${this.#graph[scope.unite]!.identifier} at ${pathText(scope.united.path)}: `
      : '';
    this.#problems.push({ scope, text: `${where}${text}` });
  }
}
