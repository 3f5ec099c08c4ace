/** Rules of docs/rules/graphs.md, worked out plainly and independently of the product. */
import type { ModelGraph, Policy } from './model-graph.ts';

export class Topology {
  readonly #graph: ModelGraph;
  readonly #known = new Map<string, boolean>();
  /** Ancestors of each node, from the root down. */
  readonly ancestors: readonly ReadonlySet<number>[];
  /** The nodes that unite, from the root down. */
  readonly uniting: readonly number[];

  constructor(graph: ModelGraph) {
    this.#graph = graph;
    const ancestors: Set<number>[] = [];
    graph.forEach((node, index) => {
      if (node.unites) {
        ancestors.push(new Set(ancestors[node.unites.target]));
        return;
      }
      const ways = this.listers(index).map((lister) => new Set([...ancestors[lister]!, lister]));
      const [first = new Set<number>(), ...others] = ways;
      ancestors.push(new Set([...first].filter((each) => others.every((way) => way.has(each)))));
    });
    this.ancestors = ancestors;
    this.uniting = graph.flatMap(({ unites }, index) => (unites ? [index] : []));
  }

  listers(node: number): number[] {
    return this.#graph.flatMap(({ next }, lister) => (next.includes(node) ? [lister] : []));
  }

  target(unite: number): number {
    return this.#graph[unite]!.unites!.target;
  }

  policy(unite: number): Policy {
    return this.#graph[unite]!.unites!.policy;
  }

  /** True if edges lead from one node to another, not through `avoided`. */
  leads(from: number, to: number, avoided: ReadonlySet<number> = new Set()): boolean {
    return this.#graph[from]!.next.some(
      (next) => next === to || (!avoided.has(next) && this.leads(next, to, avoided)),
    );
  }

  /** True if the scope of a uniting node covers a node. */
  covers(unite: number, node: number): boolean {
    return this.#remember(`covers ${unite} ${node}`, () => {
      const target = this.target(unite);
      return node !== target && node !== unite && this.leads(target, node) && this.leads(node, unite);
    });
  }

  /** True if a scope can come to an end while states that it covers are unfinished. */
  canCloseEarly(unite: number): boolean {
    const { strategy, failFast, timeoutMs } = this.policy(unite);
    return strategy === 'QUORUM' || failFast === true || timeoutMs !== undefined;
  }

  /** True if all that waits for the outputs of a node, near or far, may be decided before the node is done. */
  canStop(node: number): boolean {
    const early = this.uniting.filter(
      (unite) => (this.target(unite) === node || this.covers(unite, node)) && this.canCloseEarly(unite),
    );
    return this.#graph[node]!.next.every((next) =>
      early.some((unite) => unite === next || this.covers(unite, next)),
    );
  }

  /**
   * True if a covered state goes on when the scope closes early: another unite covers its node, and not all ways to
   * that one pass the uniting node. The reading of "another": one that is not covered itself, as what such an inner one
   * would unite is not awaited any more.
   */
  isSpared(unite: number, node: number): boolean {
    return this.#remember(`spares ${unite} ${node}`, () =>
      this.uniting.some(
        (other) =>
          other !== unite &&
          this.covers(other, node) &&
          !this.covers(unite, other) &&
          this.leads(node, other, new Set([unite])),
      ),
    );
  }

  /** True if the rules take the graph. */
  isValid(): boolean {
    return this.uniting.every((unite) => {
      const target = this.target(unite);
      const reaches = this.listers(unite).every(
        (lister) => lister === target || this.ancestors[lister]!.has(target),
      );
      return reaches && isPolicyValid(this.policy(unite));
    });
  }

  /** Nodes that a uniting node sees as lists. */
  lists(unite: number): number[] {
    const target = this.target(unite);
    return this.#graph.flatMap((_, node) => {
      if (node !== target && !this.covers(unite, node)) return [];
      const answering = this.uniting.filter(
        (inner) => inner !== unite && (this.target(inner) === node || this.covers(inner, node)),
      );
      return this.leads(node, unite, new Set(answering)) ? [node] : [];
    });
  }

  #remember(question: string, answer: () => boolean): boolean {
    const known = this.#known.get(question) ?? answer();
    this.#known.set(question, known);
    return known;
  }
}

/** True if the fields go with the strategy: docs/rules/execution.md, Policies. */
function isPolicyValid(policy: Policy): boolean {
  const { strategy, minSuccess, toleratedFailures, timeoutMs, failFast, window } = policy;
  if ((minSuccess !== undefined) !== (strategy === 'QUORUM')) return false;
  if (toleratedFailures !== undefined && strategy !== 'ALL_SUCCESS') return false;
  if (failFast !== undefined && strategy === 'ALL_DONE') return false;
  return window === undefined || (strategy === 'ALL_DONE' && timeoutMs === undefined);
}

const maxNodes = 9;

/** Names of the nodes that graphs use, by the index of a node template: whether a fan-out is open is the node's. */
export const closedNames: readonly string[] = Array.from({ length: maxNodes }, (_, index) => `Node${index}`);
export const openNames: readonly string[] = Array.from({ length: maxNodes }, (_, index) => `Open${index}`);

/** The JSON of a graph: each node takes the ids of all ancestors, a uniting one also lists and what its scope says. */
export function templateOf(graph: ModelGraph): object {
  const topology = new Topology(graph);
  const nodes = graph.map((node, index) => {
    const inputs: Record<string, string> = {};
    for (const ancestor of topology.ancestors[index]!)
      inputs[`a${ancestor}`] = `\${{ n${ancestor}.outputs.id }}`;
    if (node.unites) {
      for (const list of topology.lists(index)) inputs[`l${list}`] = `\${{ n${list}.outputs.id }}`;
      inputs.counts = '${{ unite.counts }}';
      inputs.failures = '${{ unite.failures }}';
      inputs.partial = '${{ unite.partial }}';
      if (node.unites.policy.window) inputs.final = '${{ unite.final }}';
    }
    return {
      node_name: (node.isOpen ? openNames : closedNames)[index],
      identifier: node.identifier,
      inputs,
      next_nodes: node.next.map((next) => graph[next]!.identifier),
      ...(node.unites && {
        unites: { identifier: graph[node.unites.target]!.identifier, ...policyJson(node.unites.policy) },
      }),
    };
  });
  return { nodes, retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 } };
}

function policyJson({
  strategy,
  minSuccess,
  toleratedFailures,
  timeoutMs,
  failFast,
  window,
}: Policy): object {
  const count = window?.count;
  const intervalMs = window?.intervalMs;
  return {
    strategy,
    ...(minSuccess !== undefined && { min_success: minSuccess }),
    ...(toleratedFailures !== undefined && { tolerated_failures: toleratedFailures }),
    ...(timeoutMs !== undefined && { timeout_ms: timeoutMs }),
    ...(failFast !== undefined && { fail_fast: failFast }),
    ...(window && {
      window: {
        ...(count !== undefined && { count }),
        ...(intervalMs !== undefined && { interval_ms: intervalMs }),
      },
    }),
  };
}
