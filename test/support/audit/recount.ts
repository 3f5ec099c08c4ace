/** Counts a run anew from the records of its states alone: no counter, scope or stored token is believed. */
import type { Graph, GraphNode } from '../../../services/state-manager/domain/graph/graph.ts';
import type { ScopeBranch } from '../../../services/state-manager/domain/run/scope-record.ts';
import type { StateRecord } from '../../../services/state-manager/domain/run/state-record.ts';
import type { Ancestry } from './ancestry.ts';
import type { RunSnapshot } from './run-snapshot.ts';

export interface BranchRecount {
  /** States in it that can still bring something about, and what keeps it open otherwise. */
  unfinished: number;
  /** Something that was superseded in it is not swept yet. */
  isHeld: boolean;
  hasDelivered: boolean;
  hasFailed: boolean;
}

export interface ScopeRecount {
  readonly unite: number;
  readonly execution: number;
  readonly branches: BranchRecount[];
  readonly isSealed: boolean;
  /** States that unite it, of all generations, replacements left out. */
  readonly uniting: number[];
}

export interface Recount {
  /** Scopes by `<unite>.<execution>`. */
  readonly scopes: ReadonlyMap<string, ScopeRecount>;
  /** Counts by `c<node>.<status letter>`, and by `g<node>` of what is superseded. */
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

export function recount(graph: Graph, snapshot: RunSnapshot, ancestry: Ancestry): Recount {
  return new Recounting(graph, snapshot, ancestry).all();
}

/** True if a state of this status can still bring something about by itself. */
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
  readonly #ancestry: Ancestry;
  #unfinished = 0;
  #stateCount = 0;
  #lastState = 0;
  #uncounted = 0;

  constructor(graph: Graph, snapshot: RunSnapshot, ancestry: Ancestry) {
    this.#graph = graph;
    this.#snapshot = snapshot;
    this.#ancestry = ancestry;
  }

  all(): Recount {
    const states = [...this.#snapshot.states].sort(([left], [right]) => left - right);
    for (const [state, record] of states) this.#openScopes(state, record);
    for (const [state, record] of states) this.#countState(state, record);
    for (const mark of this.#snapshot.marks) if (mark.startsWith('=')) this.#hold(Number(mark.slice(1)));
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

  #openScopes(state: number, record: StateRecord): void {
    const { fanOut, standing } = record;
    if (!fanOut) return;
    const node = this.#node(standing.node);
    for (const unite of node.unitedBy) {
      const waits = this.#countsOneByOne(record, unite);
      const followed = waits ? this.#expandedOf(state, record) : fanOut.total;
      const branches = Array.from({ length: fanOut.total }, (_, output) => ({
        // A token keeps the branch open until its output is expanded.
        unfinished: output < followed ? 0 : 1,
        isHeld: false,
        hasDelivered: output < followed && this.#goesTo(state, output, node, unite),
        hasFailed: false,
      }));
      const end = fanOut.isOpen ? this.#lastAttempt(state).status : 'SUCCESS';
      // An execution that fails is one more failed branch of what its emits have opened.
      if (end === 'ERRORED' || end === 'CANCELLED')
        branches.push({ unfinished: 0, isHeld: false, hasDelivered: false, hasFailed: true });
      const isSealed = !['CREATED', 'QUEUED'].includes(end);
      this.#scopes.set(`${unite}.${state}`, { unite, execution: state, branches, uniting: [], isSealed });
    }
  }

  #countState(state: number, record: StateRecord): void {
    const { standing, status, fanOut, replacement } = record;
    const node = this.#node(standing.node);
    const held = this.#ancestry.heldBy(state);
    const stored = standing.scopes;
    if (show(held) !== show(stored))
      this.#broken(`state ${state} holds tokens of ${show(stored)}, not of ${show(held)}`);
    this.#lastState = Math.max(this.#lastState, state, replacement ?? 0);
    this.#stateCount += 1;
    if (record.output === undefined && record.work === state) {
      this.#scopes.get(`${standing.node}.${standing.parent}`)?.uniting.push(state);
    }
    if (isUnfinished(record)) this.#addUnfinished(held);
    const isFailure = status === 'ERRORED' || status === 'CANCELLED';
    if (isFailure && !record.isUncounted) this.#countFailure(state, record, node, held);
    if (fanOut) this.#deliver(state, record, node, held);
    if (fanOut?.isOpen) this.#countEmits(state, record, node);
    if (fanOut && !fanOut.isOpen) this.#countFanOut(state, record, node);
    else this.#count(record, status, 1);
    this.#checkSuperseded(state, record);
  }

  /** Keeps the scopes around and the run open until what grew from a superseded state is swept. */
  #hold(state: number): void {
    this.#unfinished += 1;
    for (const scope of this.#ancestry.heldBy(state)) {
      const branch = this.#branch(scope);
      branch.unfinished += 1;
      branch.isHeld = true;
    }
  }

  /** Counts deliveries to uniting nodes of scopes around. */
  #deliver(state: number, record: StateRecord, node: GraphNode, held: readonly ScopeBranch[]): void {
    const { total, isRouted } = record.fanOut!;
    const followed = isRouted ? this.#expandedOf(state, record) : total;
    for (const scope of held) {
      if (!node.nextNodes.includes(scope.unite)) continue;
      // A token keeps the branch open until all routes were followed, where no child does.
      const isKeptOpen = isRouted && this.#widthIn(node, scope.unite) === 0 && record.status === 'EXECUTED';
      if (isKeptOpen) this.#branch(scope).unfinished += 1;
      if (this.#ancestry.isSuperseded(state)) continue;
      for (let output = 0; output < followed && !this.#branch(scope).hasDelivered; output++)
        if (this.#goesTo(state, output, node, scope.unite)) this.#branch(scope).hasDelivered = true;
    }
  }

  #goesTo(state: number, output: number, { nextNodes }: GraphNode, next: number): boolean {
    const route = this.#snapshot.routes.get(`${state}.${output}`);
    return nextNodes.includes(next) && (route === undefined || route[nextNodes.indexOf(next)] === '1');
  }

  /** The number of outputs that were followed: all, unless they are too many for one step. */
  #expandedOf(state: number, { status, fanOut }: StateRecord): number {
    return status === 'EXECUTED' ? Number(this.#snapshot.fields.get(`x${state}`)) : fanOut!.total;
  }

  /** True if branches of a wide fan-out count as their outputs are followed. */
  #countsOneByOne({ fanOut, standing }: StateRecord, unite: number): boolean {
    const isWindow = this.#node(unite).unites!.policy.window !== undefined;
    return fanOut!.isRouted || (isWindow && this.#widthIn(this.#node(standing.node), unite) === 0);
  }

  /** The number of children of each output that lie in branches of a unite. */
  #widthIn({ children }: GraphNode, unite: number): number {
    return children.filter((child) => this.#node(child).coveredBy.includes(unite)).length;
  }

  #lastAttempt(state: number): StateRecord {
    const record = this.#snapshot.states.get(state)!;
    return record.replacement === undefined ? record : this.#lastAttempt(record.replacement);
  }

  /** Siblings that are done, beside the state that emits. */
  #countEmits(state: number, record: StateRecord, node: GraphNode): void {
    const { total } = record.fanOut!;
    this.#count(record, 'SUCCESS', total);
    this.#stateCount += total;
    for (let output = 0; output < total; output++) {
      const block = Number(this.#snapshot.fields.get(`o${state}.${Math.floor(output / 64)}`));
      if (node.children.length > 0 && !block) this.#broken(`output ${output} of ${state} has no children`);
    }
  }

  #countFanOut(state: number, record: StateRecord, node: GraphNode): void {
    const { fanOut, status } = record;
    const { total, firstChild } = fanOut!;
    const expanded = this.#expandedOf(state, record);
    this.#count(record, 'SUCCESS', status === 'SUCCESS' ? Math.max(total, 1) : expanded);
    if (status === 'EXECUTED') this.#count(record, 'EXECUTED', total - expanded);
    this.#stateCount += Math.max(total - 1, 0);
    this.#lastState = Math.max(this.#lastState, firstChild + total * node.children.length - 1);
    // Children that do not exist yet hold their tokens all the same.
    for (let output = expanded; output < total; output++) {
      const chain = [...this.#ancestry.chain(state), { state, node: node.index, output }];
      for (const child of node.children) this.#addUnfinished(this.#ancestry.held(this.#node(child), chain));
    }
  }

  #countFailure(
    state: number,
    { hasEmitted, work }: StateRecord,
    node: GraphNode,
    held: readonly ScopeBranch[],
  ): void {
    const opened = hasEmitted ? node.unitedBy : [];
    for (const unite of opened) {
      const emitted = this.#snapshot.fields.get(`y${work}`)!;
      // A scope that had closed before has one branch less: it has answered for whatever came then.
      if ((this.#snapshot.scopes.get(`${unite}.${work}`)?.total ?? 0) <= Number(emitted)) continue;
      const branch = emitted.padStart(10, '0');
      this.#failures.add(`${unite}.${work}:${branch}:${state}`);
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

  /** Checks that whatever grew from a unite which was opened again says so in the end, and nothing else does. */
  #checkSuperseded(state: number, { status, isSuperseded = false }: StateRecord): void {
    const isSwept = ![...this.#snapshot.marks].some((mark) => mark.startsWith('='));
    const hasEnded = status !== 'CREATED' && status !== 'QUEUED' && status !== 'EXECUTED';
    const shouldSay = this.#ancestry.isSuperseded(state);
    if (isSuperseded ? !shouldSay || !hasEnded : shouldSay && isSwept)
      this.#broken(`state ${state} is ${status} and ${isSuperseded ? '' : 'not '}marked as superseded`);
  }

  #count({ standing, isSuperseded }: StateRecord, status: StateRecord['status'], number: number): void {
    const field = isSuperseded ? `g${standing.node}` : `c${standing.node}.${letters[status]}`;
    if (number !== 0) this.#counts.set(field, (this.#counts.get(field) ?? 0) + number);
  }

  #branch({ unite, execution, branch }: ScopeBranch): BranchRecount {
    const found = this.#scopes.get(`${unite}.${execution}`)?.branches[branch];
    if (found) return found;
    this.#broken(`a token belongs to branch ${branch} of ${unite}.${execution}, which does not exist`);
    return { unfinished: 0, isHeld: false, hasDelivered: false, hasFailed: false };
  }

  /** Every state is the root, a child, a replacement or a uniting state, and each of those exists once. */
  #checkOrigins(): void {
    const { states } = this.#snapshot;
    const expected = new Map([[1, `node ${this.#graph.root} from output 0 of 0`]]);
    const optional = new Set<number>();
    for (const [state, record] of states) {
      const { fanOut, standing, replacement, output } = record;
      const node = this.#node(standing.node);
      if (replacement)
        expected.set(replacement, `node ${node.index} from output ${output} of ${standing.parent}`);
      const expanded = fanOut ? this.#expandedOf(state, record) : 0;
      for (let from = 0; from < expanded; from++) {
        const chain = [...this.#ancestry.chain(state), { state, node: node.index, output: from }];
        node.children.forEach((child, i) => {
          if (!this.#goesTo(state, from, node, child)) return;
          const place = this.#childOf(state, record, from, i);
          expected.set(place, `node ${child} from output ${from} of ${state}`);
          if (this.#ancestry.mayLack(this.#node(child), chain, state)) optional.add(place);
        });
      }
    }
    for (const { unite, execution, uniting } of this.#scopes.values()) {
      for (const state of uniting) expected.set(state, `node ${unite} from output undefined of ${execution}`);
    }
    for (const [state, { standing, output }] of states) {
      const place = `node ${standing.node} from output ${output} of ${standing.parent}`;
      if (expected.get(state) !== place)
        this.#broken(`state ${state} is ${place}, expected ${expected.get(state)}`);
    }
    for (const [state, place] of expected)
      if (!states.has(state) && !optional.has(state)) this.#broken(`state ${state} is missing: ${place}`);
  }

  #childOf(state: number, { fanOut, standing }: StateRecord, output: number, place: number): number {
    const width = this.#node(standing.node).children.length;
    if (!fanOut!.isOpen) return fanOut!.firstChild + output * width + place;
    const block = Number(this.#snapshot.fields.get(`o${state}.${Math.floor(output / 64)}`));
    return block + (output % 64) * width + place;
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
