/** Three runtimes share the work of one run by their capacity, on a state manager that runs already. */
import { setTimeout as sleep } from 'node:timers/promises';
import { all, Client, defineNode, graph, Runtime } from '@fanout/runtime';
import { z } from 'zod';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;
const item = z.object({ item: z.number() });
const widths = { items: 300 };

const List = defineNode({
  name: 'ListNode',
  inputs: z.object({ items: z.number().int() }),
  outputs: item,
  run: ({ items }) => Array.from({ length: items }, (_, index) => ({ item: index })),
});
const Count = defineNode({
  name: 'CountNode',
  inputs: z.object({ workers: z.array(z.string()) }),
  outputs: z.object({ items: z.record(z.string(), z.number()), most_calls: z.number() }),
  run: ({ workers }) => {
    const items: Record<string, number> = {};
    for (const worker of workers.sort()) items[worker] = (items[worker] ?? 0) + 1;
    return { items, most_calls: maxCalls };
  },
});
/** Executes some milliseconds of work, and says which worker did. */
const workOf = (worker: string) =>
  defineNode({
    name: 'WorkNode',
    inputs: item,
    outputs: z.object({ worker: z.string(), item: z.number() }),
    async run({ item }) {
      await sleep(5);
      return { worker, item };
    },
  });
/** A service that takes few calls at once, over all callers. */
let calls = 0;
let maxCalls = 0;
const Call = defineNode({
  name: 'CallNode',
  inputs: z.object({ worker: z.string() }),
  outputs: z.object({ worker: z.string() }),
  async run({ worker }) {
    maxCalls = Math.max(maxCalls, ++calls);
    await sleep(1);
    calls--;
    return { worker };
  },
});

const distribute = graph(
  'distribute',
  { inputs: z.object({ items: z.number().int() }), limits: { width: 1_000, runMs: 60_000 } },
  (g) => {
    const list = g.start(List, { items: g.trigger.items }, { id: 'list' });
    const work = g.after(list, workOf(''), { item: list.out.item });
    // However many runtimes there are, and wherever they run.
    const call = g.after(work, Call, { worker: work.out.worker }, { maxParallel: 4 });
    return g.unite(list, call, Count, { workers: all(call.out.worker) });
  },
);

// The larger a runtime, the more it gets: none is given more than it has room for.
const capacities = { small: 2, medium: 8, large: 20 };
const runtimes = Object.entries(capacities).map(
  ([name, concurrency]) =>
    new Runtime({ nodes: [List, workOf(name), Call, Count], address, token, name, concurrency }),
);
await Promise.all(runtimes.map((runtime) => runtime.start()));
const client = new Client({ address, token });
await client.upsert(distribute);
const { estimate } = await client.validate(distribute, { widths: { list: widths.items } });
console.log(`a run takes ${estimate?.states} states and about ${estimate?.storageBytes} bytes`);
const [result] = await client.call(distribute, widths);
for (const [worker, items] of Object.entries(result?.items ?? {})) console.log(`${worker}: ${items} items`);
console.log(`at most ${result?.most_calls} calls at once`);
client.close();
await Promise.all(runtimes.map((runtime) => runtime.stop()));
