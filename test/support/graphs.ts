/** Graph templates for tests. */
import { readFileSync } from 'node:fs';

export interface TestNodeTemplate {
  readonly node_name: string;
  readonly identifier: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly next_nodes?: readonly string[];
  readonly unites?: {
    readonly identifier: string;
    readonly strategy?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface TestGraph {
  readonly nodes: readonly TestNodeTemplate[];
  readonly [field: string]: unknown;
}

/** `${{ path }}` */
export function expression(path: string): string {
  return `\${{ ${path} }}`;
}

/** A graph of `examples/graphs`: `fanout` or `fanout-unite`. */
export function exampleGraph(name: 'fanout' | 'fanout-unite'): TestGraph {
  const file = new URL(`../../examples/graphs/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as TestGraph;
}

/** A node template whose node is named as its identifier, in CamelCase with `Node` after it. */
export function nodeTemplate(
  identifier: string,
  nextNodes: readonly string[] = [],
  fields: Partial<TestNodeTemplate> = {},
): TestNodeTemplate {
  return { node_name: nodeName(identifier), identifier, next_nodes: nextNodes, ...fields };
}

/** `data_splitter` is `DataSplitterNode`. */
export function nodeName(identifier: string): string {
  const words = identifier.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Node`;
}

/** One node after the other. */
export function chain(...identifiers: string[]): TestGraph {
  return {
    nodes: identifiers.map((identifier, index) =>
      nodeTemplate(identifier, identifiers.slice(index + 1, index + 2)),
    ),
  };
}

/**
 * `split_1 → … → split_N → work → unite_N → … → unite_1`: each unite unites the split of its number. The work
 * takes the innermost split's `value` and gives a `value`, each unite takes `values` and gives `values`.
 */
export function nestedUnites(depth: number): TestGraph {
  const levels = Array.from({ length: depth }, (_, index) => index + 1);
  const splits = levels.map((level) =>
    nodeTemplate(`split_${level}`, [level < depth ? `split_${level + 1}` : 'work'], {
      node_name: 'SplitNode',
      inputs: level === 1 ? {} : { value: expression(`split_${level - 1}.outputs.value`) },
    }),
  );
  const work = nodeTemplate('work', [`unite_${depth}`], {
    node_name: 'WorkNode',
    inputs: { value: expression(`split_${depth}.outputs.value`) },
  });
  const unites = levels.toReversed().map((level) =>
    nodeTemplate(`unite_${level}`, level > 1 ? [`unite_${level - 1}`] : [], {
      node_name: 'UniteNode',
      inputs: {
        values: expression(level === depth ? 'work.outputs.value' : `unite_${level + 1}.outputs.values`),
      },
      unites: { identifier: `split_${level}` },
    }),
  );
  return { nodes: [...splits, work, ...unites] };
}
