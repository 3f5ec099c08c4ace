/**
 * The program of runtimes that some inputs kill, one for each namespace, all in one process:
 * `poisoned-nodes.ts ADDRESS,… NAMESPACE,… CONCURRENCY`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { defineNode, Runtime } from '@fanout/runtime';
import { z } from 'zod';

const Source = defineNode({
  name: 'PoisonSourceNode',
  inputs: z.object({ width: z.number(), deadly: z.array(z.number()) }),
  outputs: z.object({ number: z.number(), isDeadly: z.boolean() }),
  run: ({ width, deadly }) =>
    Array.from({ length: width }, (_, number) => ({ number, isDeadly: deadly.includes(number) })),
});

/** Takes a while; or dies, after a while, with everything beside it. */
const Work = defineNode({
  name: 'PoisonWorkNode',
  inputs: z.object({
    number: z.number(),
    isDeadly: z.boolean(),
    takesMs: z.number(),
    diesAfterMs: z.number(),
  }),
  outputs: z.object({ number: z.number() }),
  async run({ number, isDeadly, takesMs, diesAfterMs }) {
    if (isDeadly) {
      await delay(diesAfterMs);
      process.kill(process.pid, 'SIGKILL');
    }
    await delay(takesMs);
    return { number };
  },
});

const nodes = [Source, Work];

const [addresses = '', namespaces = '', concurrency = ''] = process.argv.slice(2);
const runtimes = namespaces.split(',').map((namespace, i) => {
  const all = addresses.split(',');
  const address = all[i % all.length]!;
  return new Runtime({
    nodes,
    address,
    namespace,
    name: `poisoned-${namespace}`,
    concurrency: Number(concurrency),
  });
});
process.once('SIGTERM', () => {
  for (const runtime of runtimes) void runtime.stop();
});
await Promise.all(runtimes.map((runtime) => runtime.start()));
console.log('connected');
