/** Runs one graph depth first and breadth first, on a state manager that runs already, and prints what came when. */
import { Client, defineNode, graph, Runtime } from '@fanout/runtime';
import { z } from 'zod';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;
const executed: string[] = [];
const chapter = z.object({ chapter: z.number() });

const Plan = defineNode({
  name: 'PlanNode',
  inputs: z.object({ chapters: z.number().int() }),
  outputs: chapter,
  run: ({ chapters }) => Array.from({ length: chapters }, (_, index) => ({ chapter: index + 1 })),
});
const Draft = defineNode({
  name: 'DraftNode',
  inputs: chapter,
  outputs: chapter,
  run({ chapter }) {
    executed.push(`draft ${chapter}`);
    return { chapter };
  },
});
const Proofread = defineNode({
  name: 'ProofreadNode',
  inputs: chapter,
  outputs: chapter,
  run({ chapter }) {
    executed.push(`proofread ${chapter}`);
    return { chapter };
  },
});

/** Depth first, a chapter is proofread before the next is begun; breadth first, all are drafted before. */
const book = (order: 'DEPTH_FIRST' | 'BREADTH_FIRST') =>
  graph('book', { inputs: z.object({ chapters: z.number().int() }), order }, (g) => {
    const plan = g.start(Plan, { chapters: g.trigger.chapters });
    const draft = g.after(plan, Draft, { chapter: plan.out.chapter });
    g.after(draft, Proofread, { chapter: draft.out.chapter });
  });

// One execution at a time, so that the order is all there is to see.
const runtime = new Runtime({ nodes: [Plan, Draft, Proofread], address, token, concurrency: 1 });
await runtime.start();
const client = new Client({ address, token });
for (const order of ['DEPTH_FIRST', 'BREADTH_FIRST'] as const) {
  await client.upsert(book(order));
  await client.call(book(order), { chapters: 3 });
  console.log(`${order}: ${executed.splice(0).join(', ')}`);
}
client.close();
await runtime.stop();
