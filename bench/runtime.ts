/** The runtime of a benchmark: `runtime.ts ADDRESS CONCURRENCY`. */
import { Runtime } from '@fanout/runtime';
import { nodes } from './nodes.ts';

const [address, concurrency] = process.argv.slice(2);
if (!address) throw new Error('usage: runtime.ts ADDRESS CONCURRENCY');
await new Runtime({ nodes, address, name: 'bench', concurrency: Number(concurrency) }).run();
