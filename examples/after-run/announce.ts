/** One graph starts when runs of another end, well or not: `announce.ts FILE …`; files named `broken…` fail. */
import { Client, defineNode, graph, NotRetryable, Runtime } from '@fanout/runtime';
import { z } from 'zod';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;
const files = process.argv.slice(2);
if (files.length === 0) throw new Error('usage: announce.ts FILE …');

const Import = defineNode({
  name: 'ImportFileNode',
  inputs: z.object({ file: z.string() }),
  outputs: z.object({ rows: z.number() }),
  run({ file }) {
    if (file.startsWith('broken')) throw new NotRetryable(`${file} cannot be read`, { code: 'UNREADABLE' });
    return { rows: file.length };
  },
});
const importing = graph('import-file', { inputs: z.object({ file: z.string() }) }, (g) =>
  g.start(Import, { file: g.trigger.file }),
);

/** Inputs that an end brings. */
const End = z.object({
  channel: z.string(),
  run_id: z.string(),
  status: z.enum(['SUCCESS', 'FAILED', 'CANCELLED']),
});
let announced = 0;
const Announce = defineNode({
  name: 'AnnounceNode',
  inputs: End,
  outputs: z.object({}),
  async run({ channel, run_id: runId, status }) {
    // The run that has ended is there to be read: its results, and what failed.
    for await (const { failure, output } of client.states(runId)) {
      console.log(`${channel}: ${status} ${failure?.message ?? JSON.stringify(output)}`);
    }
    if (++announced === files.length) void finish();
  },
});
const announcing = graph(
  'announce',
  {
    inputs: End,
    triggers: [
      { after: importing, on: ['SUCCESS'], inputs: { channel: 'news' } },
      { after: importing, on: ['FAILED', 'CANCELLED'], inputs: { channel: 'alarm' }, priority: 50 },
    ],
  },
  (g) => {
    const { channel, run_id, status } = g.trigger;
    g.start(Announce, { channel, run_id, status });
  },
);

const client = new Client({ address, token });
const runtime = new Runtime({ nodes: [Import, Announce], address, token });
await runtime.start();
await client.upsert(importing);
await client.upsert(announcing);
for (const file of files) await client.trigger(importing, { file });

async function finish() {
  await runtime.stop();
  client.close();
}
