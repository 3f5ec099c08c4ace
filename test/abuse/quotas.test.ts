/** A tenant that opens, starts and keeps as much as it can: it is stopped at its quotas, and others notice nothing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type * as grpc from '@grpc/grpc-js';
import { eventually } from '../support/eventually.ts';
import { type AbusedSystem, percentile, startAbused } from './abused-system.ts';

let system: AbusedSystem;

before(async () => {
  system = await startAbused();
});
after(() => system?.stop());

/** A graph of one node that nobody hosts. */
const idle = { nodes: [{ node_name: 'Nobody', identifier: 'idle', inputs: {}, next_nodes: [] }] };

test('5,000 watches of one idle run each get a snapshot, and a bystander waits for none of them', async () => {
  const runId = await system.attacker.start('idle', idle);
  const calls: grpc.ClientReadableStream<unknown>[] = [];
  const { result, seen, longestPingMs } = await system.during(async () => {
    let told = 0;
    const metadata = system.attacker.metadata;
    for (let i = 0; i < 5_000; i++) {
      const call = system.attacker.runs.watchRun({ runId }, metadata);
      call.once('data', () => told++);
      call.on('error', () => {});
      calls.push(call);
      if (i % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => told === 5_000, { timeoutMs: 60_000 });
    return told;
  });
  assert.equal(result, 5_000);
  assert.deepEqual(seen.errors, []);
  assert.ok(percentile(seen.pingsMs, 0.5) < 200, `${seen.pingsMs}`);
  assert.ok(longestPingMs < 1_000, `${longestPingMs} ms`);
  for (const call of calls) call.cancel();
});
