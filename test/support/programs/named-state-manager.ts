/** A runtime and a client that know their state managers by one name only. */
import { Client, defineNode, Runtime } from '@fanout/runtime';
import { z } from 'zod';

const [address = ''] = process.argv.slice(2);
const client = new Client({ address });
const none = z.object({});
const Leaf = defineNode({ name: 'NamedLeafNode', inputs: none, outputs: none, run: () => ({}) });
const Ask = defineNode({
  name: 'NamedAskNode',
  inputs: none,
  outputs: z.object({ leaves: z.number() }),
  run: async () => ({ leaves: (await client.call('leaf')).length }),
});
const runtime = new Runtime({ nodes: [Leaf, Ask], address });
process.once('SIGTERM', () => {
  client.close();
  void runtime.stop();
});
await runtime.start();
console.log('connected');
