/** BullMQ workers, as its guide sets them up: `worker.mjs REDIS_PORT CONCURRENCY`. */
import { Queue, Worker } from 'bullmq';
import { nowUs } from '../../../dist/bench/programs/timing.js';

const [port, concurrency] = process.argv.slice(2).map(Number);
const connection = { host: '127.0.0.1', port };
const options = {
  connection,
  concurrency,
  // A job has to be there for a while so that it can be waited for.
  removeOnComplete: { count: 1_000 },
  removeOnFail: { count: 1_000 },
};

/** Results of the children of a job that unites them. */
const resultsOf = async (job) => Object.values(await job.getChildrenValues());

const links = new Queue('link', { connection });

const workers = [
  new Worker('branch', async ({ data }) => data, options),
  new Worker('unite', async (job) => ({ branches: (await resultsOf(job)).length }), options),
  new Worker('pass', async ({ data }) => data, options),
  new Worker(
    'link',
    async ({ data: { left, ...data } }) => {
      if (left > 1) await links.add('link', { ...data, left: left - 1 });
      return left > 1 ? {} : { chain: data.chain };
    },
    options,
  ),
  new Worker('hop', async ({ data }) => ({ us: nowUs() - data.addedUs }), options),
  new Worker('timed', async () => ({ doneUs: nowUs() }), options),
  new Worker(
    'timed-unite',
    async (job) => {
      const startedUs = nowUs();
      const results = await resultsOf(job);
      const lastUs = results.reduce((last, { doneUs }) => Math.max(last, doneUs), 0);
      return { branches: results.length, us: startedUs - lastUs };
    },
    options,
  ),
];
await Promise.all(workers.map((worker) => worker.waitUntilReady()));
console.log('ready');
process.once('SIGTERM', async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  process.exit(0);
});
