/** Counts the primes below a number in as many processes as there are processors: `main.ts [BELOW]`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { callGraph } from '../call-graph.ts';
import { countPrimes, Ranges, SumPrimes } from './graph.ts';

const [below = '2000000'] = process.argv.slice(2);
const workers = Array.from({ length: availableParallelism() }, () =>
  fork(new URL('worker.ts', import.meta.url)),
);
const exits = workers.map((worker) => once(worker, 'exit'));
try {
  const inputs = { below: Number(below), width: Math.ceil(Number(below) / 100) };
  console.log(await callGraph([Ranges, SumPrimes], countPrimes, inputs));
} finally {
  for (const worker of workers) worker.kill();
  await Promise.all(exits);
}
