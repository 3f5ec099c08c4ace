/** A runtime of this benchmark: `open-fan-out-runtime.ts ADDRESS readers|workers`. */
import { Runtime } from '@fanout/runtime';
import { readers, workers } from './open-fan-out-nodes.ts';

const [address, part] = process.argv.slice(2);
if (!address) throw new Error('usage: open-fan-out-runtime.ts ADDRESS readers|workers');
const nodes = part === 'readers' ? readers : workers;
await new Runtime({ nodes, address, name: `bench-${part}`, concurrency: 500 }).run();
