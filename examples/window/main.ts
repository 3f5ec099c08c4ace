import { Client, Runtime } from '@fanout/runtime';
import { Numbers, Save, Square, windows } from './graph.ts';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;
const runtime = new Runtime({ nodes: [Numbers, Square, Save], address, token });
const client = new Client({ address, token });
await runtime.start();
await client.upsert(windows);
for (const { window, saved, final } of await client.call(windows, { count: 8 })) {
  console.log(`window ${window}: ${saved}${final ? ', the last' : ''}`);
}
client.close();
await runtime.stop();
