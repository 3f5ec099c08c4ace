/** Callers, runtimes and inputs that do what they must not. */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { RawClient } from '../../support/raw/raw-client.ts';
import { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { playOversize, playPoison } from '../stories.ts';
import type { Fault } from './fault.ts';

const oversizeBytes = 3_000_000;

/** Sends bytes that are no HTTP/2. @returns true: the connection was ended */
function sendGarbage(address: string, bytes: Buffer): Promise<boolean> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host, () => socket.write(bytes));
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.on('close', () => resolve(socket.bytesWritten > 0));
  });
}

const hostileTexts = [
  '}{:*\r\n',
  '{"__proto__":{"polluted":true}}',
  `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  '${{'.repeat(10_000),
  'x'.repeat(1_000_000),
];

/** Garbage on the port, and calls that are as wrong as can be. */
const hostile: Fault = {
  name: 'hostile-input',
  rows: 'F21',
  victim: 'callers',
  async strike({ managers }, random) {
    const { address } = random.pick(managers);
    const garbage = Buffer.from(Array.from({ length: 1_000 }, () => random.between(0, 255)));
    let hits = (await sendGarbage(address, garbage)) ? 1 : 0;
    const client = new RawClient(address);
    try {
      for (const text of hostileTexts) {
        try {
          await client.upsert(text.slice(0, 200), text);
        } catch (error) {
          // Whoever is down is not asked again: another fault has its turn.
          if ((error as grpc.ServiceError).code === grpc.status.INVALID_ARGUMENT) hits++;
        }
      }
    } finally {
      client.close();
    }
    return hits;
  },
};

/** A runtime takes all that it can get, and neither reads nor answers any more. */
const neverReads: Fault = {
  name: 'runtime-never-reads',
  rows: 'F13',
  victim: 'callers',
  async strike({ managers }, random) {
    const runtime = new RawRuntime(random.pick(managers).address, { answersPings: false });
    try {
      const nodes = ['ChaosWorkNode', 'Node1', 'Node2'].map((name) => ({ name }));
      await runtime.hello({ nodes, capacity: { total: 50 } });
      const held = await runtime.assignments(1);
      await delay(random.between(500, 3_000));
      return held.length;
    } catch {
      return 0;
    } finally {
      await runtime.cut();
    }
  },
};

let stories = 0;

/** One input of many kills each runtime that gets it. */
const poison: Fault = {
  name: 'poison-input',
  rows: 'F14',
  victim: 'runtimes',
  async strike(world, random) {
    const deaths = (): number => world.runtimes.reduce((total, place) => total + place.deaths, 0);
    const before = deaths();
    const width = random.between(2, 50);
    await playPoison(world, `poison-${++stories}`, width, random.between(0, width - 1));
    return deaths() - before;
  },
};

/** An output that fits into no frame. */
const oversize: Fault = {
  name: 'oversize-output',
  rows: 'F16',
  victim: 'callers',
  async strike(world) {
    await playOversize(world, `oversize-${++stories}`, oversizeBytes);
    return 1;
  },
};

export const callerFaults = [hostile, neverReads, poison, oversize];
