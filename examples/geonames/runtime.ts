/** A runtime that hosts the nodes until it gets SIGTERM; run as many as you like. */
import { hostname } from 'node:os';
import { Runtime } from '@fanout/runtime';
import { nodes } from './nodes.ts';

const { FANOUT_ADDRESS = '127.0.0.1:7600', FANOUT_TOKEN } = process.env;

await new Runtime({
  nodes,
  address: FANOUT_ADDRESS,
  name: `geonames-${hostname()}-${process.pid}`,
  ...(FANOUT_TOKEN ? { token: FANOUT_TOKEN } : {}),
}).run();
