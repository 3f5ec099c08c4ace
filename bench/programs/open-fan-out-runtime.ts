/** A runtime of the open fan-out: `open-fan-out-runtime.ts ADDRESS readers|workers`. */
import { Runtime } from '@fanout/runtime';
import { readers, workers } from './open-fan-out-nodes.ts';

const [address, part] = process.argv.slice(2);
if (!address) throw new Error('usage: open-fan-out-runtime.ts ADDRESS readers|workers');
const nodes = part === 'readers' ? readers : workers;
const runtime = new Runtime({ nodes, address, name: `bench-${part}`, concurrency: 500 });
await runtime.start();
console.log('ready');
await runtime.run();
