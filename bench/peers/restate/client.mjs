/** A client of Restate that the harness gives commands: `client.mjs INGRESS_URL`. */
import { connect } from '@restatedev/restate-sdk-clients';
import { serveCommands } from '../../../dist/bench/programs/serve-commands.js';
import { latenciesOf, secondsOf } from '../../../dist/bench/programs/timing.js';

const chainLength = 10;
const data = { data: 'x'.repeat(88) };
const ingress = connect({ url: process.argv[2] });
const bench = ingress.serviceClient({ name: 'bench' });
const branch = ingress.serviceClient({ name: 'branch' });
const atOnce = (count, call) => Promise.all(Array.from({ length: count }, call));

serveCommands({
  fanOut: async ({ branches }) => ({
    seconds: await secondsOf(async () => {
      const result = await bench.fanOut({ branches, data });
      if (result.branches !== branches)
        throw new Error(`${result.branches} of ${branches} branches were united`);
    }),
  }),
  calls: async ({ calls }) => ({ seconds: await secondsOf(() => atOnce(calls, () => branch.pass(data))) }),
  serialCalls: async ({ calls }) => ({ us: await latenciesOf(calls, () => branch.pass(data)) }),
  chains: async ({ chains }) => ({
    seconds: await secondsOf(() => atOnce(chains, () => bench.chain({ length: chainLength, data }))),
  }),
  hops: async ({ hops }) => {
    const us = [];
    while (us.length < hops) us.push(...(await bench.hops({ length: chainLength })).us);
    return { us };
  },
  uniteLatency: async ({ branches }) => ({ us: [(await bench.uniteLatency({ branches })).us] }),
});
