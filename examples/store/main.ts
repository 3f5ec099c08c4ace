/** Hosts the nodes, calls the graph, and looks at the store of the run, on a state manager that runs already. */
import { Client, Runtime } from '@fanout/runtime';
import { shop } from './graph.ts';
import { Handle, Orders, Summary } from './nodes.ts';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;

const runtime = new Runtime({ nodes: [Orders, Handle, Summary], address, token });
await runtime.start();
const client = new Client({ address, token });
await client.upsert(shop);

const orders = Array.from({ length: 20 }, (_, index) => ({ id: `order-${index}`, cents: 100 + index }));
const run = await client.trigger(shop, { orders }, { store: { currency: 'EUR' } });
const [result] = await client.result(run.id);
console.log(result?.output);
console.log(await client.store(run.id));

client.close();
await runtime.stop();
