/** Signs documents with a key that one node of the graph gets, and no other: `sign.ts DOCUMENT …`. */
import { createHmac } from 'node:crypto';
import { all, Client, defineNode, graph, Runtime } from '@fanout/runtime';
import { z } from 'zod';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token, SIGNING_KEY } = process.env;
if (!SIGNING_KEY) throw new Error('SIGNING_KEY is not set: set it to the key to sign with');
const documents = process.argv.slice(2);
if (documents.length === 0) throw new Error('usage: sign.ts DOCUMENT …');

const Splitter = defineNode({
  name: 'DocumentSplitter',
  inputs: z.object({ documents: z.array(z.string()) }),
  outputs: z.object({ text: z.string() }),
  run: ({ documents }) => documents.map((text) => ({ text })),
});

const Signer = defineNode({
  name: 'DocumentSigner',
  inputs: z.object({ text: z.string() }),
  outputs: z.object({ signed: z.string() }),
  secrets: ['SIGNING_KEY'], // what is not named here does not come
  run({ text }, { secrets, log }) {
    const signature = createHmac('sha256', secrets.SIGNING_KEY).update(text).digest('hex');
    log.info('signed', { with: secrets.SIGNING_KEY }); // written as ***
    return { signed: `${signature} ${text}` };
  },
});

const Collector = defineNode({
  name: 'SignatureCollector',
  inputs: z.object({ signed: z.array(z.string()) }),
  outputs: z.object({ signed: z.array(z.string()) }),
  run: ({ signed }) => ({ signed }),
});

const inputs = z.object({ documents: z.array(z.string()) });
// Without the secret the Signer would not compile.
const signing = graph('sign-documents', { inputs, secrets: { SIGNING_KEY } }, (g) => {
  const splitter = g.start(Splitter, { documents: g.trigger.documents });
  const signer = g.after(splitter, Signer, { text: splitter.out.text });
  return g.unite(splitter, signer, Collector, { signed: all(signer.out.signed) });
});

const runtime = new Runtime({ nodes: [Splitter, Signer, Collector], address, token });
await runtime.start();
const client = new Client({ address, token });
await client.upsert(signing);

const [result] = await client.call(signing, { documents });
for (const signed of result?.signed ?? []) console.log(signed);
const { template } = await client.graph(signing.name);
console.log('stored:', JSON.stringify((template as { secrets?: unknown }).secrets));

client.close();
await runtime.stop();
