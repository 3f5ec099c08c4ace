/** Counts primes: each branch takes a range, and a processor of its own if there is one. */
import { all, defineNode, graph } from '@fanout/runtime';
import { z } from 'zod';

const Range = z.object({ from: z.number().int(), to: z.number().int() });

export const Ranges = defineNode({
  name: 'PrimeRangesNode',
  inputs: z.object({ below: z.number().int(), width: z.number().int().positive() }),
  outputs: Range,
  *run({ below, width }) {
    for (let from = 0; from < below; from += width) yield { from, to: Math.min(from + width, below) };
  },
});

/** Keeps a processor busy, so each process executes one at a time. */
export const CountPrimes = defineNode({
  name: 'CountPrimesNode',
  inputs: Range,
  outputs: z.object({ primes: z.number().int(), process: z.number().int() }),
  concurrency: 1,
  run({ from, to }) {
    let primes = 0;
    for (let number = Math.max(from, 2); number < to; number++) if (isPrime(number)) primes++;
    return { primes, process: process.pid };
  },
});

export const SumPrimes = defineNode({
  name: 'SumPrimesNode',
  inputs: z.object({ primes: z.array(z.number()), processes: z.array(z.number()) }),
  outputs: z.object({ primes: z.number(), ranges: z.number(), processes: z.number() }),
  run: ({ primes, processes }) => ({
    primes: primes.reduce((sum, each) => sum + each, 0),
    ranges: primes.length,
    processes: new Set(processes).size,
  }),
});

export const countPrimes = graph(
  'count-primes',
  { inputs: z.object({ below: z.number().int(), width: z.number().int().positive() }) },
  (g) => {
    const ranges = g.start(Ranges, { below: g.trigger.below, width: g.trigger.width });
    const count = g.after(ranges, CountPrimes, { from: ranges.out.from, to: ranges.out.to });
    const counted = { primes: all(count.out.primes), processes: all(count.out.process) };
    return g.unite(ranges, count, SumPrimes, counted);
  },
);

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}
