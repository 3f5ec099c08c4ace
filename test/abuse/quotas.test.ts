/** A tenant that opens, starts and keeps as much as it can: it is stopped at its quotas, and others notice nothing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type * as grpc from '@grpc/grpc-js';
import { eventually } from '../support/eventually.ts';
import type { RawRuntime } from '../support/raw/raw-runtime.ts';
import { TriggerProbe } from '../support/triggers.ts';
import { type AbusedSystem, percentile, startAbused } from './abused-system.ts';

/** Starts by ends that a namespace has here. */
const starts = { perSecond: 20, descendants: 100 };

let system: AbusedSystem;
let probe: TriggerProbe;

before(async () => {
  system = await startAbused({
    FANOUT_QUOTA_STARTS_PER_SECOND: String(starts.perSecond),
    FANOUT_QUOTA_DESCENDANTS: String(starts.descendants),
  });
  probe = new TriggerProbe(system.redis.url);
});
after(async () => {
  probe?.stop();
  await system?.stop();
});

/** A graph of one node that nobody hosts. */
const idle = { nodes: [{ node_name: 'Nobody', identifier: 'idle', inputs: {}, next_nodes: [] }] };

test('5,000 watches of one idle run each get a snapshot, and a bystander waits for none of them', async () => {
  const runId = await system.attacker.start('idle', idle);
  const calls: grpc.ClientReadableStream<unknown>[] = [];
  const { result, seen, longestTurnMs } = await system.during(async () => {
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
  assert.ok(longestTurnMs < 600, `a turn of the event loop took ${longestTurnMs} ms`);
  for (const call of calls) call.cancel();
});

test('ten graphs that each start all ten grow no faster and no further than their namespace may', async () => {
  const names = Array.from({ length: 10 }, (_, i) => `breeds-${i}`);
  const stream = system.open();
  await stream.hello({ nodes: [{ name: 'Breeds' }] });
  const served = serveNode(stream);
  for (const name of names) {
    await system.attacker.upsert(name, {
      nodes: [{ node_name: 'Breeds', identifier: 'breeds', inputs: {}, next_nodes: [] }],
      triggers: names.map((graph) => ({ after: { graph } })),
    });
  }
  const { seen } = await system.during(async () => {
    await system.attacker.trigger(names[0]!);
    await eventually(() => system.stateManager.events('trigger_descendants_ended').length > 0, {
      timeoutMs: 60_000,
    });
  });
  assert.deepEqual(seen.errors, []);
  // All that may start has started, and ended, when no end is left to be followed and nothing is executed that would end.
  await eventually(async () => (await ends()) === 0 && served.length > starts.descendants, {
    timeoutMs: 60_000,
  });
  assert.equal(served.length, 1 + starts.descendants);
  // A second's worth may come at once, and an end starts ten: from there on they come evenly, or later.
  served.forEach((at, i) => {
    const soonestMs = (1_000 * (i - starts.perSecond - names.length)) / starts.perSecond;
    assert.ok(at - served[0]! >= soonestMs - 500, `run ${i} after ${at - served[0]!} ms`);
  });
  assert.equal(system.stateManager.events('trigger_descendants_ended').length, 1);
});

/** Ends that wait for what they start. */
function ends(): Promise<number> {
  return probe.recordedEnds();
}

/** Reports an output for each assignment. @returns the instants at which they came, which grow */
function serveNode(stream: RawRuntime): readonly number[] {
  const at: number[] = [];
  const serve = async () => {
    for (;;) {
      for (const each of (await stream.next('assignments', 120_000)).items ?? []) {
        at.push(performance.now());
        stream.reportExecuted(each, [{}]);
      }
    }
  };
  serve().catch(() => undefined);
  return at;
}
