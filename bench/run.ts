/** `npm run bench -- NAME [OPTIONS]` */
import { installRedis } from '../scripts/install-redis.ts';
import { dropSettings, stopProcessesOnExit } from '../scripts/processes.ts';
import { build } from './built.ts';
import { benchClosingEarly } from './closing-early.ts';
import { benchFanout } from './fanout.ts';
import { benchMemory } from './memory.ts';
import { benchOpenFanOut } from './open-fan-out.ts';

const benchmarks: Readonly<Record<string, (flags: readonly string[]) => Promise<void>>> = {
  'closing-early': benchClosingEarly,
  fanout: benchFanout,
  memory: benchMemory,
  'open-fan-out': benchOpenFanOut,
};

stopProcessesOnExit();
dropSettings();
const [name = '', ...flags] = process.argv.slice(2);
const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
if (!benchmark) {
  throw new Error(`npm run bench -- NAME: there are ${Object.keys(benchmarks).join(', ')}, and no "${name}"`);
}
installRedis();
await build();
await benchmark(flags);
