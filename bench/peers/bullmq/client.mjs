/** A client of BullMQ that the harness gives commands: `client.mjs REDIS_PORT`. */
import { FlowProducer, Queue, QueueEvents } from 'bullmq';
import { serveCommands } from '../../../dist/bench/programs/serve-commands.js';
import { latenciesOf, nowUs, secondsOf } from '../../../dist/bench/programs/timing.js';

const connection = { host: '127.0.0.1', port: Number(process.argv[2]) };
const chainLength = 10;
const data = { data: 'x'.repeat(88) };

const flows = new FlowProducer({ connection });
const queues = Object.fromEntries(
  ['pass', 'hop', 'link'].map((name) => [name, new Queue(name, { connection })]),
);
const events = Object.fromEntries(
  ['pass', 'hop', 'link', 'unite', 'timed-unite'].map((name) => [
    name,
    new QueueEvents(name, { connection }),
  ]),
);
for (const each of [flows, ...Object.values(queues), ...Object.values(events)]) each.setMaxListeners(0);
for (const each of Object.values(events)) await each.waitUntilReady();

/** Adds a parent with children, and waits for the parent. */
async function unite(queueName, childQueue, branches) {
  const children = Array.from({ length: branches }, () => ({ name: 'branch', queueName: childQueue, data }));
  const { job } = await flows.add({ name: 'unite', queueName, children });
  const result = await job.waitUntilFinished(events[queueName]);
  if (result.branches !== branches) throw new Error(`${result.branches} of ${branches} branches were united`);
  return result;
}

/** Chains that have not ended, by their number. */
const waiting = new Map();
events.link.on('completed', ({ returnvalue }) => waiting.get(returnvalue?.chain)?.());

/** Adds the first job of each of some chains, whose jobs add the next ones, and waits for the last ones. */
async function runChains(chains) {
  const links = Array.from({ length: chains }, (_, chain) => ({
    name: 'link',
    data: { ...data, chain, left: chainLength },
  }));
  const ends = links.map((_, chain) => new Promise((resolve) => waiting.set(chain, resolve)));
  await queues.link.addBulk(links);
  await Promise.all(ends);
  waiting.clear();
}

/** Adds a job and waits for it. */
async function call(queue, values) {
  const job = await queue.add('call', values);
  return job.waitUntilFinished(events[queue.name]);
}

serveCommands({
  fanOut: async ({ branches }) => ({ seconds: await secondsOf(() => unite('unite', 'branch', branches)) }),
  calls: async ({ calls }) => ({
    seconds: await secondsOf(() => Promise.all(Array.from({ length: calls }, () => call(queues.pass, data)))),
  }),
  serialCalls: async ({ calls }) => ({ us: await latenciesOf(calls, () => call(queues.pass, data)) }),
  chains: async ({ chains }) => ({
    seconds: await secondsOf(() => runChains(chains)),
  }),
  hops: async ({ hops }) => {
    const us = [];
    while (us.length < hops) us.push((await call(queues.hop, { addedUs: nowUs() })).us);
    return { us };
  },
  uniteLatency: async ({ branches }) => ({ us: [(await unite('timed-unite', 'timed', branches)).us] }),
});
