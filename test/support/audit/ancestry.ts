/** The ancestors of states in their run, worked out from the graph and the records of states. */
import type { Graph, GraphNode } from '../../../services/state-manager/domain/graph/graph.ts';
import type { ScopeBranch } from '../../../services/state-manager/domain/run/scope-record.ts';
import type { StateRecord } from '../../../services/state-manager/domain/run/state-record.ts';
import type { RunSnapshot } from './run-snapshot.ts';

/** One step up: a state, and the output of it that was followed. */
export interface Ancestor {
  readonly state: number;
  readonly node: number;
  readonly output: number;
}

export class Ancestry {
  readonly #graph: Graph;
  readonly #snapshot: RunSnapshot;
  readonly #chains = new Map<number, readonly Ancestor[]>();
  readonly #superseded = new Map<number, boolean>();

  constructor(graph: Graph, snapshot: RunSnapshot) {
    this.#graph = graph;
    this.#snapshot = snapshot;
  }

  /** The way from the root. A uniting state stands in the place of the united one. */
  chain(state: number): readonly Ancestor[] {
    const known = this.#chains.get(state);
    if (known) return known;
    const record = this.#snapshot.states.get(state);
    const { parent = 0 } = record?.standing ?? {};
    const above = this.#snapshot.states.get(parent);
    const chain =
      !record || !above
        ? []
        : record.output === undefined
          ? this.chain(parent)
          : [...this.chain(parent), { state: parent, node: above.standing.node, output: record.output }];
    this.#chains.set(state, chain);
    return chain;
  }

  /** The scopes that cover a place, from the graph and the way there. */
  held({ coveredBy }: GraphNode, chain: readonly Ancestor[]): ScopeBranch[] {
    return coveredBy.flatMap((unite) => {
      const target = this.#graph.nodes[unite]!.unites?.target;
      const united = chain.findLast(({ node }) => node === target);
      return united ? [{ unite, execution: united.state, branch: united.output }] : [];
    });
  }

  heldBy(state: number): ScopeBranch[] {
    const { standing } = this.#snapshot.states.get(state)!;
    return this.held(this.#graph.nodes[standing.node]!, this.chain(state));
  }

  /** True if it, or something that it grew from, united a scope that was opened again since. */
  isSuperseded(state: number): boolean {
    const known = this.#superseded.get(state);
    if (known !== undefined) return known;
    const record = this.#snapshot.states.get(state);
    const found =
      record !== undefined &&
      ((record.output === undefined && this.#isOfOldGeneration(record)) ||
        (record.standing.parent > 0 && this.isSuperseded(record.standing.parent)));
    this.#superseded.set(state, found);
    return found;
  }

  #isOfOldGeneration({ standing, work, instance = 1 }: StateRecord): boolean {
    const id = `${standing.node}.${standing.parent}`;
    const scope = this.#snapshot.scopes.get(id);
    if (scope?.result === work) return false;
    const isWindow = this.#graph.nodes[standing.node]!.unites?.policy.window !== undefined;
    return !isWindow || !this.#snapshot.fields.has(`w${id}.${instance}`);
  }

  /** The names of all marks and pauses that would hold a state: each names a work above it, and perhaps a sibling. */
  heldUnder(state: number): string[] {
    const { states } = this.#snapshot;
    return this.chain(state).flatMap(({ state: above, output }) => {
      const { work, hasEmitted } = states.get(above)!;
      // Work that emits takes no output itself: the first one is that of its sibling 1.
      return [`${work}`, `${work}.${hasEmitted ? output + 1 : output}`];
    });
  }

  /** True if more may grow where a mark stands, so that it waits for that without a job. */
  mayGrow(mark: string): boolean {
    const { states, fields } = this.#snapshot;
    const [work = '', sibling] = mark.split('.');
    let state = Number(work);
    let record = states.get(state);
    if (!record || (record.hasEmitted && sibling !== undefined)) return false;
    for (; record?.replacement !== undefined; record = states.get(state)) state = record.replacement;
    if (record?.status !== 'EXECUTED') return record?.status === 'CREATED' || record?.status === 'QUEUED';
    return sibling !== undefined && Number(fields.get(`x${state}`)) <= Number(sibling);
  }

  /** The cancellations that a state belongs to, by the names of the jobs that do them. */
  doomedBy(state: number): string[] {
    const { marks, scopes, states, fields } = this.#snapshot;
    const jobs = fields.has('ending') ? ['r:'] : [];
    for (let record = states.get(state); record; record = states.get(record.standing.parent))
      if (marks.has(`=${record.work}`)) jobs.push(`g:${record.work}`);
    for (const mark of this.heldUnder(state)) if (marks.has(mark)) jobs.push(`b:${mark}`);
    const { cancelledBy } = this.#graph.nodes[states.get(state)!.standing.node]!;
    for (const { unite, execution } of this.heldBy(state)) {
      const isClosed = scopes.get(`${unite}.${execution}`)?.status !== 'OPEN';
      if (isClosed && cancelledBy.includes(unite)) jobs.push(`s:${unite}.${execution}`);
    }
    return jobs;
  }

  /** True if a child may never have been created, since it was not needed any more. */
  mayLack(child: GraphNode, chain: readonly Ancestor[], parent: number): boolean {
    const { scopes } = this.#snapshot;
    if (this.isSuperseded(parent)) return true;
    return this.held(child, chain).some(({ unite, execution }) => {
      const scope = scopes.get(`${unite}.${execution}`);
      return child.cancelledBy.includes(unite) && (scope?.status !== 'OPEN' || scope.generation > 1);
    });
  }
}
