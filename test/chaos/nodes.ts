/** The nodes that are hosted in chaos, for a runtime process: those of random graphs, and some of our own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type AnyNode, defineNode, NotRetryable, Prune, route, united } from '@fanout/runtime';
import { z } from 'zod';
import { behaviour, pruneId } from '../model/behaviour.ts';
import type { ModelGraph } from '../model/model-graph.ts';

/** The folder with what random graphs do, `NAME.json` each: it stands in the environment of the process. */
const graphsFolder = process.env.CHAOS_GRAPHS ?? '';
const mostNodes = 9;
const graphs = new Map<string, ModelGraph>();

function graphNamed(name: string): ModelGraph {
  let graph = graphs.get(name);
  if (!graph) {
    graph = JSON.parse(readFileSync(join(graphsFolder, `${name}.json`), 'utf8')) as ModelGraph;
    graphs.set(name, graph);
  }
  return graph;
}

function modelNode(name: string, openFanOut: boolean): AnyNode {
  return defineNode({
    name,
    inputs: z.looseObject({}),
    outputs: z.looseObject({ id: z.string() }),
    openFanOut,
    async *run(inputs, { graphName, identifier, attempt }) {
      const graph = graphNamed(graphName);
      const node = graph.find((each) => each.identifier === identifier);
      if (!node) throw new NotRetryable(`graph ${graphName} has no ${identifier}`, { code: 'UNKNOWN_GRAPH' });
      const { fate, outputs } = behaviour(node, inputs);
      const written = outputs.map(({ id, route: positions }) =>
        positions
          ? route(
              { id },
              positions.map((position) => graph[node.next[position]!]!.identifier),
            )
          : { id },
      );
      if (fate.kind === 'outputs') {
        await delay(fate.thinkMs);
        const failsNow = fate.failsFirst && attempt === 1;
        yield* failsNow && openFanOut ? written.slice(0, written.length / 2) : failsNow ? [] : written;
        if (failsNow) throw new Error('on purpose');
      } else if (fate.kind === 'fails') {
        if (openFanOut) yield* written;
        if (fate.isRetryable) throw new Error('on purpose');
        throw new NotRetryable('on purpose', { code: 'NODE_ERROR' });
      } else {
        throw new Prune({ id: pruneId });
      }
    },
  });
}

/** The root of a wide fan-out. */
const Split = defineNode({
  name: 'ChaosSplitNode',
  inputs: z.object({ width: z.int() }),
  outputs: z.object({ number: z.int() }),
  run: function* ({ width }) {
    for (let number = 0; number < width; number++) yield { number };
  },
});

const Work = defineNode({
  name: 'ChaosWorkNode',
  inputs: z.object({ number: z.int() }),
  outputs: z.object({ number: z.int() }),
  run: ({ number }) => ({ number }),
});

const Merge = defineNode({
  name: 'ChaosMergeNode',
  inputs: z.object({ numbers: united(z.int()) }),
  outputs: z.object({ count: z.int(), sum: z.int() }),
  async run({ numbers }) {
    let [count, sum] = [0, 0];
    for await (const number of numbers) {
      // In order, and each once: else the sum may be right by chance.
      if (number !== count)
        throw new NotRetryable(`${number} stands where ${count} belongs`, { code: 'DISORDER' });
      count += 1;
      sum += number;
    }
    return { count, sum };
  },
});

/** Ends its process where its input says so. */
const Poisoned = defineNode({
  name: 'ChaosPoisonedNode',
  inputs: z.object({ number: z.int(), poison: z.int() }),
  outputs: z.object({ number: z.int() }),
  async run({ number, poison }) {
    // Beside the others.
    await delay(20);
    if (number === poison) process.kill(process.pid, 'SIGKILL');
    return { number };
  },
});

const Count = defineNode({
  name: 'ChaosCountNode',
  inputs: z.object({
    numbers: z.array(z.int()),
    counts: z.object({ failed: z.int() }),
    failures: z.array(z.any()),
  }),
  outputs: z.object({ numbers: z.array(z.int()), failed: z.int(), codes: z.array(z.string()) }),
  run: ({ numbers, counts, failures }) => ({
    numbers,
    failed: counts.failed,
    codes: failures.map(({ code }: { code: string }) => code),
  }),
});

/** One output that no stream would take. */
const Oversize = defineNode({
  name: 'ChaosOversizeNode',
  inputs: z.object({ bytes: z.int() }),
  outputs: z.object({ text: z.string() }),
  run: ({ bytes }) => ({ text: 'x'.repeat(bytes) }),
});

export const nodes: readonly AnyNode[] = [
  ...Array.from({ length: mostNodes }, (_, index) => [
    modelNode(`Node${index}`, false),
    modelNode(`Open${index}`, true),
  ]).flat(),
  ...[Split, Work, Merge, Poisoned, Count, Oversize],
];
