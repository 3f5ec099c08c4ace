/** Prices a catalogue, and tells when the first price was there: `run.ts [PAGES [PAGE_MS]]`. */
import { Client, Runtime } from '@fanout/runtime';
import { nodes } from './nodes.ts';
import { pricing } from './pricing.ts';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;
const [pages = '20', pageMs = '200'] = process.argv.slice(2);

const runtime = new Runtime({ nodes, address, token });
await runtime.start();
const client = new Client({ address, token });
await client.upsert(pricing);

const startedAt = performance.now();
const since = () => `${Math.round(performance.now() - startedAt)} ms`;
const { id: runId } = await client.trigger(pricing, {
  pages: Number(pages),
  page_size: 100,
  page_ms: Number(pageMs),
});
for await (const run of client.watch(runId)) {
  const [read, price] = run.counts;
  const priced = price?.success ?? 0;
  console.log(`${since()}: read ${read?.success ?? 0}, priced ${priced}`);
}
const [total] = await client.result(runId);
console.log(`${since()}: ${JSON.stringify(total?.output)}`);

client.close();
await runtime.stop();
