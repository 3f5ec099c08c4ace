/** Works through all CSV files of a folder: `run.ts [FOLDER]`. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client, Runtime } from '@fanout/runtime';
import { nodes } from './nodes.ts';

const { FANOUT_ADDRESS: address = '127.0.0.1:7600', FANOUT_TOKEN } = process.env;
const [folder = fileURLToPath(new URL('data', import.meta.url))] = process.argv.slice(2);

const options = { address, ...(FANOUT_TOKEN ? { token: FANOUT_TOKEN } : {}) };
const runtime = new Runtime({ nodes, ...options });
await runtime.start();
const client = new Client(options);
const template = JSON.parse(await readFile(new URL('graph.json', import.meta.url), 'utf8'));
await client.upsert({ name: 'batch-processing', template });

const { id: runId } = await client.trigger('batch-processing', { folder });
for (const { output } of await client.result(runId)) console.log(JSON.stringify(output));

client.close();
await runtime.stop();
