import { setTimeout as delay } from 'node:timers/promises';
import { Client, Runtime, type UniteScope } from '@fanout/runtime';
import { FrontPage, frontPage, Read, Sources } from './graph.ts';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;
const runtime = new Runtime({ nodes: [Sources, Read, FrontPage], address, token });
const client = new Client({ address, token });
await runtime.start();
await client.upsert(frontPage);

const { id } = await client.trigger(frontPage, {
  sources: [
    { source: 'the town', takesMs: 10 },
    { source: 'the world', takesMs: 20 },
    { source: 'the moon', takesMs: 60_000 },
  ],
});

/** The unite, once it waits for one branch only. */
async function lastOne(): Promise<UniteScope> {
  for (;;) {
    for await (const scope of client.explainUnite(id)) if (scope.counts.unfinished <= 1) return scope;
    await delay(20);
  }
}
const { next, missing } = await lastOne();
console.log(next);
for (const { index, states } of missing)
  for (const { identifier, status } of states) console.log(`branch ${index}: ${identifier} is ${status}`);

const [result] = await client.result(id);
console.log(result?.output);

client.close();
await runtime.stop();
