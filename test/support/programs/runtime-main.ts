/** The program of a test's runtime process: hosts the nodes that a file exports. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AnyNode, Runtime } from '@fanout/runtime';

const [file, options] = process.argv.slice(2);
if (!file || !options) throw new Error('usage: runtime-main.ts NODES_FILE OPTIONS_JSON');

const { nodes } = (await import(pathToFileURL(resolve(file)).href)) as { nodes: readonly AnyNode[] };
const runtime = new Runtime({
  nodes,
  addressOrder: 'GIVEN',
  ...(JSON.parse(options) as { address: string }),
  // Those of level `debug` too, which tests wait for.
  log: (line) => console.error(JSON.stringify(line)),
});
process.once('SIGTERM', () => void runtime.stop());
await runtime.start();
console.log('connected');
