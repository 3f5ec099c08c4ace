/** Hosts nodes and calls a graph of them once, on a state manager that runs already: what the examples have in common. */
import { type AnyNode, Client, type Graph, Runtime } from '@fanout/runtime';
import type { z } from 'zod';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;

/** Gives the first result. */
export async function callGraph<I extends z.ZodObject, Output>(
  nodes: readonly AnyNode[],
  graph: Graph<I, Output>,
  inputs: z.input<I>,
): Promise<Output | undefined> {
  const runtime = new Runtime({ nodes, address, token });
  const client = new Client({ address, token });
  try {
    await runtime.start();
    await client.upsert(graph);
    const [result] = await client.call(graph, inputs);
    return result;
  } finally {
    client.close();
    await runtime.stop();
  }
}
