/** A runtime that hosts the nodes until it gets SIGTERM; run as many as you like. */
import { hostname } from 'node:os';
import { Runtime } from '@fanout/runtime';
import { nodes } from './nodes.ts';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;

await new Runtime({ nodes, address, token, name: `geonames-${hostname()}-${process.pid}` }).run();
