/** A client of the graph of `examples/open-fan-out`: `open-fan-out-client.ts ADDRESS`. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@fanout/runtime';
import { pricing } from '../../examples/open-fan-out/pricing.ts';
import { ListReader } from './open-fan-out-nodes.ts';
import { serveCommands } from './serve-commands.ts';
import { nowUs } from './timing.ts';

const pollMs = 2;

const [address] = process.argv.slice(2);
if (!address) throw new Error('usage: open-fan-out-client.ts ADDRESS');
const client = new Client({ address });
const template = JSON.parse(JSON.stringify(pricing)) as { nodes: { node_name: string }[] };
await client.upsert({ name: 'open', template });
template.nodes[0]!.node_name = ListReader.name;
await client.upsert({ name: 'list', template });

/** Milliseconds until the first product was priced, and until the total was there. */
async function measure(graphName: string, catalogue: Readonly<Record<string, number>>) {
  const startedAt = nowUs();
  const sinceMs = () => (nowUs() - startedAt) / 1_000;
  const run = await client.trigger(graphName, catalogue);
  const ended = client.result(run.id);
  let firstMs = 0;
  while (firstMs === 0) {
    if (((await client.get(run.id)).counts[1]?.success ?? 0) > 0) firstMs = sinceMs();
    else await delay(pollMs);
  }
  const [result] = await ended;
  const { products } = result!.output as { products: number };
  if (products !== catalogue.pages! * catalogue.page_size!) throw new Error(`${products} were priced`);
  return { firstMs, allMs: sinceMs() };
}

serveCommands({
  open: (catalogue) => measure('open', catalogue),
  list: (catalogue) => measure('list', catalogue),
});
