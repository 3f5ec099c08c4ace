/** Counts a run anew from the records of its states alone: no counter, scope or stored token is believed. */
import type { Graph, GraphNode } from '../../services/state-manager/domain/graph.ts';
import type { ScopeBranch, StateRecord } from '../../services/state-manager/domain/record.ts';
import type { RunSnapshot } from './run-snapshot.ts';

/** One step up: a state, and the output of it that was followed. */
interface Ancestor {
  readonly state: number;
  readonly node: number;
  readonly output: number;
}

export interface BranchRecount {
  unfinished: number;
  hasDelivered: boolean;
  hasFailed: boolean;
}

export interface ScopeRecount {
  readonly unite: number;
  readonly execution: number;
  readonly branches: BranchRecount[];
  readonly isSealed: boolean;
  /** States that unite it, replacements left out. */
  readonly uniting: number[];
}

export interface Recount {
  /** By `<unite>.<execution>`. */
  readonly scopes: ReadonlyMap<string, ScopeRecount>;
  /** By `c<node>.<status letter>`. */
  readonly counts: ReadonlyMap<string, number>;
  readonly unfinished: number;
  readonly stateCount: number;
  /** The highest number that is given away, also to children that do not exist yet. */
  readonly lastState: number;
  /** There is an open fan-out, whose children stand in blocks. */
  readonly hasBlocks: boolean;
  /** Failures that no scope answers for. */
  readonly uncounted: number;
  /** Members of the set of counted failures. */
  readonly failures: ReadonlySet<string>;
  /** States that exist and that nothing accounts for, or the other way round; and records that lie. */
  readonly violations: readonly string[];
}

export function recount(graph: Graph, snapshot: RunSnapshot): Recount {
  return new Recounting(graph, snapshot).all();
}

/** Whether a state of this status can still bring something about by itself. */
export function isUnfinished({ status }: StateRecord): boolean {
  return status === 'CREATED' || status === 'QUEUED';
}

const letters: Readonly<Record<StateRecord['status'], string>> = {
  CREATED: 'C',
  QUEUED: 'Q',
  EXECUTED: 'E',
  SUCCESS: 'S',
  ERRORED: 'F',
  RETRY_CREATED: 'R',
  PRUNED: 'P',
  CANCELLED: 'X',
};

class Recounting {
  readonly #graph: Graph;
  readonly #snapshot: RunSnapshot;
  readonly #violations: string[] = [];
  readonly #scopes = new Map<string, ScopeRecount>();
  readonly #counts = new Map<string, number>();
  readonly #failures = new Set<string>();
  readonly #chains = new Map<number, readonly Ancestor[]>();
  #unfinished = 0;
  #stateCount = 0;
  #lastState = 0;
  #uncounted = 0;

  constructor(graph: Graph, snapshot: RunSnapshot) {
    this.#graph = graph;
    this.#snapshot = snapshot;
  }

  all(): Recount {
    const states = [...this.#snapshot.states].sort(([left], [right]) => left - right);
    for (const [state, record] of states) this.#openScopes(state, record);
    for (const [state, record] of states) this.#countState(state, record);
    this.#checkOrigins();
    return {
      scopes: this.#scopes,
      counts: this.#counts,
      unfinished: this.#unfinished,
      stateCount: this.#stateCount,
      lastState: this.#lastState,
      hasBlocks: states.some(([, { fanOut }]) => fanOut?.isOpen),
      uncounted: this.#uncounted,
      failures: this.#failures,
      violations: this.#violations,
    };
  }

  #openScopes(state: number, { fanOut, origins }: StateRecord): void {
    if (!fanOut) return;
    const node = this.#node(origins.node);
    for (const unite of node.opens) {
      const branches = Array.from({ length: fanOut.total }, () => ({
        unfinished: 0,
        hasDelivered: node.nextNodes.includes(unite),
        hasFailed: false,
      }));
      const end = fanOut.isOpen ? this.#lastAttempt(state).status : 'SUCCESS';
      // An execution that fails is one more failed branch of what its emits have opened.
      if (end === 'ERRORED' || end === 'CANCELLED')
        branches.push({ unfinished: 0, hasDelivered: false, hasFailed: true });
      const isSealed = !['CREATED', 'QUEUED'].includes(end);
      this.#scopes.set(`${unite}.${state}`, { unite, execution: state, branches, uniting: [], isSealed });
    }
  }

  #countState(state: number, record: StateRecord): void {
    const { origins, status, fanOut, replacement } = record;
    const node = this.#node(origins.node);
    const held = this.#held(node, this.#chain(state));
    const stored = origins.scopes;
    if (show(held) !== show(stored))
      this.#broken(`state ${state} holds tokens of ${show(stored)}, not of ${show(held)}`);
    this.#lastState = Math.max(this.#lastState, state, replacement ?? 0);
    this.#stateCount += 1;
    if (record.output === undefined && record.origin === state) {
      this.#scopes.get(`${origins.node}.${origins.parent}`)?.uniting.push(state);
    }
    if (isUnfinished(record)) this.#addUnfinished(held);
    if (status === 'ERRORED' || status === 'CANCELLED') this.#countFailure(state, record, node, held);
    if (fanOut?.isOpen) this.#countEmits(state, fanOut.total, node, held);
    if (fanOut && !fanOut.isOpen) this.#countFanOut(state, record, node, held);
    else this.#count(node.index, status, 1);
  }

  #lastAttempt(state: number): StateRecord {
    const record = this.#snapshot.states.get(state)!;
    return record.replacement === undefined ? record : this.#lastAttempt(record.replacement);
  }

  /** Siblings that are done, beside the state that emits. */
  #countEmits(state: number, total: number, node: GraphNode, held: readonly ScopeBranch[]): void {
    this.#count(node.index, 'SUCCESS', total);
    this.#stateCount += total;
    for (const scope of held)
      if (total > 0 && node.nextNodes.includes(scope.unite)) this.#branch(scope).hasDelivered = true;
    for (let output = 0; output < total; output++) {
      const block = Number(this.#snapshot.fields.get(`o${state}.${Math.floor(output / 64)}`));
      if (node.children.length > 0 && !block) this.#broken(`output ${output} of ${state} has no children`);
    }
  }

  #countFanOut(
    state: number,
    { fanOut, status }: StateRecord,
    node: GraphNode,
    held: readonly ScopeBranch[],
  ): void {
    const { total, firstChild } = fanOut!;
    const expanded = status === 'SUCCESS' ? total : Number(this.#snapshot.fields.get(`x${state}`));
    this.#count(node.index, 'SUCCESS', status === 'SUCCESS' ? Math.max(total, 1) : expanded);
    if (status === 'EXECUTED') this.#count(node.index, 'EXECUTED', total - expanded);
    this.#stateCount += Math.max(total - 1, 0);
    this.#lastState = Math.max(this.#lastState, firstChild + total * node.children.length - 1);
    if (total > 0) {
      for (const scope of held) {
        if (node.nextNodes.includes(scope.unite)) this.#branch(scope).hasDelivered = true;
      }
    }
    // Children that do not exist yet hold their tokens all the same.
    for (let output = expanded; output < total; output++) {
      const chain = [...this.#chain(state), { state, node: node.index, output }];
      for (const child of node.children) this.#addUnfinished(this.#held(this.#node(child), chain));
    }
  }

  #countFailure(
    state: number,
    { hasEmitted, origin }: StateRecord,
    node: GraphNode,
    held: readonly ScopeBranch[],
  ): void {
    const opened = hasEmitted ? node.opens : [];
    for (const unite of opened) {
      const branch = this.#snapshot.fields.get(`y${origin}`)!.padStart(10, '0');
      this.#failures.add(`${unite}.${origin}:${branch}:${state}`);
    }
    const counting = held.filter(
      ({ unite }) =>
        node.failsIn.includes(unite) && !opened.some((inner) => this.#node(inner).coveredBy.includes(unite)),
    );
    if (counting.length + opened.length === 0) this.#uncounted += 1;
    for (const scope of counting) {
      this.#branch(scope).hasFailed = true;
      const branch = String(scope.branch).padStart(10, '0');
      this.#failures.add(`${scope.unite}.${scope.execution}:${branch}:${state}`);
    }
  }

  #addUnfinished(held: readonly ScopeBranch[]): void {
    this.#unfinished += 1;
    for (const scope of held) this.#branch(scope).unfinished += 1;
  }

  #count(node: number, status: StateRecord['status'], number: number): void {
    const field = `c${node}.${letters[status]}`;
    if (number !== 0) this.#counts.set(field, (this.#counts.get(field) ?? 0) + number);
  }

  #branch({ unite, execution, branch }: ScopeBranch): BranchRecount {
    const found = this.#scopes.get(`${unite}.${execution}`)?.branches[branch];
    if (found) return found;
    this.#broken(`a token belongs to branch ${branch} of ${unite}.${execution}, which does not exist`);
    return { unfinished: 0, hasDelivered: false, hasFailed: false };
  }

  /** The scopes that cover a place, from the graph and the way there. */
  #held({ coveredBy }: GraphNode, chain: readonly Ancestor[]): ScopeBranch[] {
    return coveredBy.flatMap((unite) => {
      const target = this.#node(unite).unites?.target;
      const united = chain.findLast(({ node }) => node === target);
      return united ? [{ unite, execution: united.state, branch: united.output }] : [];
    });
  }

  /** The way from the root. A uniting state stands in the place of the united one. */
  #chain(state: number): readonly Ancestor[] {
    const known = this.#chains.get(state);
    if (known) return known;
    const record = this.#snapshot.states.get(state);
    const { parent = 0 } = record?.origins ?? {};
    const above = this.#snapshot.states.get(parent);
    const chain =
      !record || !above
        ? []
        : record.output === undefined
          ? this.#chain(parent)
          : [...this.#chain(parent), { state: parent, node: above.origins.node, output: record.output }];
    this.#chains.set(state, chain);
    return chain;
  }

  /** Every state is the root, a child, a replacement or a uniting state, and each of those exists once. */
  #checkOrigins(): void {
    const { states, fields } = this.#snapshot;
    const expected = new Map([[1, `node ${this.#graph.root} from output 0 of 0`]]);
    for (const [state, { fanOut, status, origins, replacement, output }] of states) {
      const { index, children } = this.#node(origins.node);
      if (replacement) expected.set(replacement, `node ${index} from output ${output} of ${origins.parent}`);
      if (fanOut?.isOpen) this.#expectEmitted(expected, state, fanOut.total, children);
      if (!fanOut || fanOut.isOpen) continue;
      const expanded = status === 'SUCCESS' ? fanOut.total : Number(fields.get(`x${state}`));
      for (let i = 0; i < expanded * children.length; i++) {
        const from = Math.floor(i / children.length);
        expected.set(
          fanOut.firstChild + i,
          `node ${children[i % children.length]} from output ${from} of ${state}`,
        );
      }
    }
    for (const { unite, execution, uniting } of this.#scopes.values()) {
      for (const state of uniting) expected.set(state, `node ${unite} from output undefined of ${execution}`);
    }
    for (const [state, { origins, output }] of states) {
      const place = `node ${origins.node} from output ${output} of ${origins.parent}`;
      if (expected.get(state) !== place)
        this.#broken(`state ${state} is ${place}, expected ${expected.get(state)}`);
    }
    for (const [state, place] of expected)
      if (!states.has(state)) this.#broken(`state ${state} is missing: ${place}`);
  }

  #expectEmitted(
    expected: Map<number, string>,
    state: number,
    total: number,
    children: readonly number[],
  ): void {
    for (let output = 0; output < total; output++) {
      const block = Number(this.#snapshot.fields.get(`o${state}.${Math.floor(output / 64)}`));
      children.forEach((child, i) => {
        expected.set(
          block + (output % 64) * children.length + i,
          `node ${child} from output ${output} of ${state}`,
        );
      });
    }
  }

  #node(index: number): GraphNode {
    return this.#graph.nodes[index]!;
  }

  #broken(violation: string): void {
    this.#violations.push(violation);
  }
}

function show(scopes: readonly ScopeBranch[]): string {
  return `[${scopes.map(({ unite, execution, branch }) => `${unite}.${execution}.${branch}`).join()}]`;
}
