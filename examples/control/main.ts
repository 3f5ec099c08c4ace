import { Client, RunFailed, Runtime } from '@fanout/runtime';
import { Batch, limits, Pay, payments, Sum } from './graph.ts';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;
const runtime = new Runtime({ nodes: [Batch, Pay, Sum], address, token });
const client = new Client({ address, token });
await runtime.start();
await client.upsert(payments);

const { id } = await client.trigger(payments, {
  payments: [
    { account: 'anna', amount: 60 },
    { account: 'bo', amount: 40 },
  ],
});
try {
  await client.result(id);
} catch (error) {
  if (!(error instanceof RunFailed)) throw error;
  for (const { code, message } of error.failures) console.log(`${code}: ${message}`);
}

// Somebody looks at it, raises the limit, and tries again what has failed: nothing that was paid is paid twice.
limits.set('bo', 50);
console.log(`retried: ${await client.retry(id)}`);
const [result] = await client.result(id);
console.log(result?.output);

client.close();
await runtime.stop();
