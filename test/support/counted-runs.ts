/** Graphs whose ends are known beforehand, and a runtime for them: what ends wrong on a Redis that fails is seen at once. */
import type { Assignment__Output } from '@fanout/proto';
import { expression, nodeTemplate, type TestGraph } from './graphs.ts';
import type { RawClient } from './raw/raw-client.ts';
import { ResumingRuntime } from './raw/resuming-runtime.ts';

/** A graph, and what a run of it comes to for a width. */
export interface CountedGraph {
  readonly name: string;
  readonly template: TestGraph;
  readonly end: (width: number) => { readonly outputs: readonly unknown[]; readonly states: number };
}

export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

const passOn = { inputs: { number: expression('source.outputs.number') } };

/** Branches of one state each, as many as the width says, and one node that unites them. */
export const wide: CountedGraph = {
  name: 'wide',
  template: {
    nodes: [
      nodeTemplate('source', ['work']),
      nodeTemplate('work', ['merge'], passOn),
      nodeTemplate('merge', [], {
        inputs: { numbers: expression('work.outputs.number') },
        unites: { identifier: 'source' },
      }),
    ],
  },
  end: (width) => ({ outputs: [{ numbers: numbers(width) }], states: 2 * width + 1 }),
};

const innerWidth = 3;

/** Branches that each fan out themselves; what unites the inner ones is united. */
const nested: CountedGraph = {
  name: 'nested',
  template: {
    nodes: [
      nodeTemplate('outer', ['source'], { node_name: 'SourceNode' }),
      nodeTemplate('source', ['work'], { inputs: { width: innerWidth } }),
      nodeTemplate('work', ['merge'], passOn),
      nodeTemplate('merge', ['all'], {
        inputs: { numbers: expression('work.outputs.number') },
        unites: { identifier: 'source' },
      }),
      nodeTemplate('all', [], {
        node_name: 'MergeNode',
        inputs: { lists: expression('merge.outputs.numbers') },
        unites: { identifier: 'outer' },
      }),
    ],
  },
  end: (width) => ({
    outputs: [{ lists: numbers(width).map(() => numbers(innerWidth)) }],
    states: width + width * (2 * innerWidth + 1) + 1,
  }),
};

/** Branches that each count in the run's store, in the step that settles them: exactly once, or the sum is wrong. */
const stored: CountedGraph = {
  name: 'stored',
  template: {
    store_config: { required_keys: [], default_values: { sum: 0 } },
    nodes: [
      nodeTemplate('source', ['add']),
      nodeTemplate('add', ['merge'], passOn),
      nodeTemplate('merge', [], {
        inputs: { sum: expression('store.sum') },
        unites: { identifier: 'source' },
      }),
    ],
  },
  end: (width) => ({
    outputs: [{ sum: numbers(width).reduce((sum, number) => sum + number, 0) }],
    states: 2 * width + 1,
  }),
};

export const countedGraphs: readonly CountedGraph[] = [wide, nested, stored];

/** A runtime for these graphs. @param addresses of state managers, asked anew for each stream */
export function startCounting(addresses: () => readonly string[], capacity = 50): ResumingRuntime {
  return new ResumingRuntime({
    addresses,
    nodes: ['SourceNode', 'WorkNode', 'AddNode', 'MergeNode'].map((name) => ({ name })),
    capacity,
    take: (assignments, runtime) => runtime.send({ reports: { items: assignments.map(reportOn) } }),
  });
}

function reportOn(assignment: Assignment__Output) {
  const { nodeName, inputsJson = '{}', stateId = '', leaseToken = '' } = assignment;
  const inputs = JSON.parse(inputsJson) as { width: number; number: number };
  const outputs = nodeName === 'SourceNode' ? numbers(inputs.width).map((number) => ({ number })) : [inputs];
  return {
    stateId,
    leaseToken,
    executed: { outputs: outputs.map((output) => ({ outputJson: JSON.stringify(output) })) },
    ...(nodeName === 'AddNode' && {
      storeChanges: [{ key: 'sum', increment: inputs.number }],
    }),
  };
}

/** A run of one of the graphs. */
export interface CountedRun {
  readonly graph: CountedGraph;
  readonly width: number;
  readonly runId: string;
}

/** Starts so many runs, of each graph in turn, with widths from 1 on. */
export async function startRuns(client: RawClient, count: number): Promise<CountedRun[]> {
  for (const { name, template } of countedGraphs) await client.upsert(name, template);
  return Promise.all(
    numbers(count).map(async (i) => {
      const graph = countedGraphs[i % countedGraphs.length]!;
      const width = 1 + (i % 12);
      return { graph, width, runId: await client.trigger(graph.name, { width }) };
    }),
  );
}

/** A sentence on what is wrong with the end of a run; undefined: nothing. Waits for the end. */
export async function wrongEnd(
  client: RawClient,
  { graph, width, runId }: CountedRun,
): Promise<string | undefined> {
  const { status, outputs, run } = await client.end(runId, 60_000);
  const end = { status, outputs, states: Number(run.stateCount) };
  const right = { status: 'SUCCESS', ...graph.end(width) };
  const [is, wanted] = [JSON.stringify(end, sorted), JSON.stringify(right, sorted)];
  return is === wanted ? undefined : `${graph.name} ${runId}: ${is}, not ${wanted}`;
}

const sorted = ['status', 'outputs', 'states', 'numbers', 'lists', 'sum'];
