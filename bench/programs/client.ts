/** A client of Fanout that the harness gives commands: `client.ts ADDRESS…`. */
import { Client } from '@fanout/runtime';
import { chain, graphs, hops, nested, single, timed, wide } from './graphs.ts';
import { text } from './nodes.ts';
import { serveCommands } from './serve-commands.ts';
import { shapes } from './shapes.ts';
import { latenciesOf, secondsOf } from './timing.ts';
import { untilNoneRuns } from './until-none-runs.ts';

const clients = process.argv.slice(2).map((address) => new Client({ address }));
const [client] = clients;
if (!client) throw new Error('usage: client.ts ADDRESS…');
for (const graph of [...graphs, ...Object.values(shapes)]) await client.upsert(graph);

const data = { data: text };
/** Does something `count` times at once, with one client after the other. */
const atOnce = (count = 0, each: (client: Client) => Promise<unknown>) =>
  Promise.all(Array.from({ length: count }, (_, i) => each(clients[i % clients.length]!)));
const ended = (graphName: string) => untilNoneRuns(client, graphName);

function checkCount(counted: number | undefined, branches: number): void {
  if (counted !== branches) throw new Error(`${counted} of ${branches} branches were united`);
}

/** The run that goes on until it is cancelled. */
let wideRunId = '';

const shapeCommands = Object.entries(shapes).map(([name, shape]) => {
  const run = async ({ width = 0 }) => {
    const { id } = await client.trigger(shape, { width });
    await client.result(id);
    return { runId: id };
  };
  return [name, run] as const;
});

serveCommands({
  ...Object.fromEntries(shapeCommands),
  fanOut: async ({ branches = 0 }) => {
    let counted: number | undefined;
    const seconds = await secondsOf(async () => {
      counted = (await client.call(wide, { branches }))[0]?.branches;
    });
    checkCount(counted, branches);
    return { seconds };
  },
  nested: async ({ width = 0 }) => {
    let counted: number | undefined;
    const seconds = await secondsOf(async () => {
      counted = (await client.call(nested, { branches: width }))[0]?.branches;
    });
    checkCount(counted, width * width);
    return { seconds };
  },
  calls: async ({ calls }) => ({
    seconds: await secondsOf(() => atOnce(calls, (one) => one.call(single, data))),
  }),
  chains: async ({ chains }) => ({
    seconds: await secondsOf(() => atOnce(chains, (one) => one.call(chain, data))),
  }),
  serialCalls: async ({ calls = 0 }) => ({ us: await latenciesOf(calls, () => client.call(single, data)) }),
  hops: async ({ hops: count = 0 }) => {
    const us: number[] = [];
    while (us.length < count) us.push(...((await client.call(hops, {}))[0]?.hopsUs ?? []));
    return { us };
  },
  uniteLatency: async ({ branches = 0 }) => {
    const [result] = await client.call(timed, { branches });
    checkCount(result?.branches, branches);
    return { us: [result?.us] };
  },
  polledSingles: async ({ runs }) => ({
    seconds: await secondsOf(async () => {
      await atOnce(runs, (one) => one.trigger(single, data));
      await ended(single.name);
    }),
  }),
  polledChains: async ({ chains }) => ({
    seconds: await secondsOf(async () => {
      await atOnce(chains, (one) => one.trigger(chain, data));
      await ended(chain.name);
    }),
  }),
  startWide: async ({ branches = 0 }) => {
    ({ id: wideRunId } = await client.trigger(wide, { branches }));
    for await (const { counts } of client.watch(wideRunId)) if ((counts[1]?.success ?? 0) > 0) break;
  },
  cancelWide: async () => {
    const { status } = await client.get(wideRunId);
    if (status !== 'RUNNING') throw new Error(`the wide run has ended before: give it more --branches`);
    await client.cancel(wideRunId);
    for await (const _ of client.watch(wideRunId));
  },
  watchIdle: async ({ watches }) => {
    const startAt = new Date(Date.now() + 24 * 3_600_000);
    await atOnce(watches, async (one) => {
      const { id } = await one.trigger(single, data, { startAt });
      const watch = one.watch(id);
      await watch.next();
      // Goes on until the process ends.
      void watch.next().catch(() => undefined);
    });
  },
});
