/** One process that counts primes until it gets SIGTERM. */
import { Runtime } from '@fanout/runtime';
import { CountPrimes } from './graph.ts';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;

await new Runtime({ nodes: [CountPrimes], address, token, name: `primes-${process.pid}` }).run();
