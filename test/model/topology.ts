/** What the design says of graphs, worked out plainly and independently of the product. */
import type { ModelGraph } from './random-graph.ts';

export class Topology {
  readonly #graph: ModelGraph;
  /** Ancestors of each node, from the root down. */
  readonly ancestors: readonly ReadonlySet<number>[];

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
  }

  listers(node: number): number[] {
    return this.#graph.flatMap(({ next }, lister) => (next.includes(node) ? [lister] : []));
  }

  /** Whether edges lead from one node to another, not through `avoided`. */
  leads(from: number, to: number, avoided: ReadonlySet<number> = new Set()): boolean {
    return this.#graph[from]!.next.some(
      (next) => next === to || (!avoided.has(next) && this.leads(next, to, avoided)),
    );
  }

  /** Whether the scope of a uniting node covers a node. */
  covers(unite: number, node: number): boolean {
    const target = this.#graph[unite]!.unites!.target;
    return node !== target && node !== unite && this.leads(target, node) && this.leads(node, unite);
  }

  uniting(): number[] {
    return this.#graph.flatMap(({ unites }, index) => (unites ? [index] : []));
  }

  /** Whether every unite unites an ancestor of, or one of, the nodes that list it. */
  isValid(): boolean {
    return this.uniting().every((unite) => {
      const target = this.#graph[unite]!.unites!.target;
      return this.listers(unite).every((lister) => lister === target || this.ancestors[lister]!.has(target));
    });
  }

  /** Nodes that a uniting node sees as lists. */
  lists(unite: number): number[] {
    const target = this.#graph[unite]!.unites!.target;
    return this.#graph.flatMap((_, node) => {
      if (node !== target && !this.covers(unite, node)) return [];
      const answering = this.uniting().filter(
        (inner) =>
          inner !== unite && (this.#graph[inner]!.unites!.target === node || this.covers(inner, node)),
      );
      return this.leads(node, unite, new Set(answering)) ? [node] : [];
    });
  }
}

/** The JSON of a graph: each node takes the ids of all ancestors, a uniting one also lists and counts. */
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
    }
    return {
      node_name: `Node${index}`,
      identifier: node.identifier,
      inputs,
      next_nodes: node.next.map((next) => graph[next]!.identifier),
      ...(node.unites && {
        unites: { identifier: graph[node.unites.target]!.identifier, strategy: node.unites.strategy },
      }),
    };
  });
  return { nodes, retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 } };
}
