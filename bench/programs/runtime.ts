/** Runtimes of a benchmark, in one process: `runtime.ts ADDRESS CONCURRENCY CONNECTIONS`. */
import { Runtime } from '@fanout/runtime';
import { nodes } from './nodes.ts';
import { shapeNodes } from './shapes.ts';

const [address, concurrency, connections] = process.argv.slice(2);
if (!address) throw new Error('usage: runtime.ts ADDRESS CONCURRENCY CONNECTIONS');
const options = { nodes: [...nodes, ...shapeNodes], address, concurrency: Number(concurrency) };
const runtimes = Array.from(
  { length: Number(connections) },
  (_, i) => new Runtime({ ...options, name: `bench-${i}`, log: () => undefined }),
);
await Promise.all(runtimes.map((runtime) => runtime.start()));
console.log('ready');
await Promise.all(runtimes.map((runtime) => runtime.run()));
