/** Prices a catalogue, and tells when the first price was there: `run.ts [PAGES [PAGE_MS]]`. */
import { Client, Runtime } from '@fanout/runtime';
import { nodes } from './nodes.ts';
import { pricing } from './pricing.ts';

const { FANOUT_ADDRESS: address = '127.0.0.1:7600', FANOUT_TOKEN } = process.env;
const [pages = '20', pageMs = '200'] = process.argv.slice(2);

const options = { address, ...(FANOUT_TOKEN ? { token: FANOUT_TOKEN } : {}) };
const runtime = new Runtime({ nodes, ...options });
await runtime.start();
const client = new Client(options);
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
