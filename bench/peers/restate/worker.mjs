/** Services of Restate on a free port, which is printed. */
import './with-resolvers.mjs';
import { createServer } from 'node:http2';
import { createEndpointHandler, RestatePromise, service } from '@restatedev/restate-sdk';
import { nowUs } from '../../../dist/bench/programs/timing.js';

/** Branches, each an invocation of its own, that any process could take. */
const branch = service({
  name: 'branch',
  handlers: {
    pass: async (_, data) => data,
    timed: async () => ({ doneUs: nowUs() }),
  },
});

/** Workflows that wait for them. */
const bench = service({
  name: 'bench',
  handlers: {
    fanOut: async (ctx, { branches, data }) => {
      const calls = Array.from({ length: branches }, () => ctx.serviceClient(branch).pass(data));
      return { branches: (await RestatePromise.all(calls)).length };
    },
    uniteLatency: async (ctx, { branches }) => {
      const calls = Array.from({ length: branches }, () => ctx.serviceClient(branch).timed());
      const results = await RestatePromise.all(calls);
      const startedUs = nowUs();
      return { us: startedUs - results.reduce((last, { doneUs }) => Math.max(last, doneUs), 0) };
    },
    chain: async (ctx, { length, data }) => {
      let passed = data;
      for (let i = 0; i < length; i++) passed = await ctx.run(() => passed);
      return passed;
    },
    hops: async (ctx, { length }) => {
      const us = [];
      let doneUs = 0;
      for (let i = 0; i <= length; i++) {
        const hop = await ctx.run(() => ({ startedUs: nowUs(), doneUs: nowUs() }));
        if (doneUs > 0) us.push(hop.startedUs - doneUs);
        doneUs = hop.doneUs;
      }
      return { us };
    },
  },
});

const server = createServer(createEndpointHandler({ services: [branch, bench] }));
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
