/** Works through all CSV files of a folder: `run.ts [FOLDER]`. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client, Runtime } from '@fanout/runtime';
import { nodes } from './nodes.ts';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;
const [folder = fileURLToPath(new URL('data', import.meta.url))] = process.argv.slice(2);

const runtime = new Runtime({ nodes, address, token });
await runtime.start();
const client = new Client({ address, token });
const template = JSON.parse(await readFile(new URL('graph.json', import.meta.url), 'utf8'));
await client.upsert({ name: 'batch-processing', template });

const { id: runId } = await client.trigger('batch-processing', { folder });
for (const { output } of await client.result(runId)) console.log(JSON.stringify(output));

client.close();
await runtime.stop();
