/** The program of a runtime that takes states and never reports: `hold-states.ts ADDRESS NODE COUNT`. */
import { RawRuntime } from '../raw/raw-runtime.ts';

const [address = '', nodeName = '', count = ''] = process.argv.slice(2);
const runtime = new RawRuntime(address);
await runtime.hello({ nodes: [{ name: nodeName }], capacity: { total: Number(count) } });
await runtime.assignments(Number(count));
console.log('holding');
await runtime.ended;
