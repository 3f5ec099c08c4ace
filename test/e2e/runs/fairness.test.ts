/** A run that is in front, however wide, holds up no other. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

const capacity = 50;
const width = 20_000;

/** Duration of the work of a state, milliseconds: some longer than others, so that slots become free all the time. */
const workMs = (number: number) => 10 + ((number * 7) % 20);

/** Executes what comes until the stream ends. Tells when the first state of each run began. */
async function executeAll(runtime: RawRuntime, startedAt: Map<string, number>): Promise<void> {
  let hasEnded = false;
  let count = 0;
  void runtime.ended.then(() => {
    hasEnded = true;
  });
  while (!hasEnded) {
    const { items = [] } = await runtime.next('assignments', 1_000).catch(() => ({ items: [] }));
    const now = performance.now();
    for (const { runId = '' } of items) if (!startedAt.has(runId)) startedAt.set(runId, now);
    for (const { stateId = '', leaseToken = '', nodeName } of items) {
      const outputs = Array.from({ length: nodeName === 'SplitNode' ? width : 1 }, () => ({
        outputJson: '{}',
      }));
      const report = { stateId, leaseToken, executed: { outputs } };
      setTimeout(() => !hasEnded && runtime.send({ reports: { items: [report] } }), workMs(count++));
    }
  }
}

test('a run of one state begins within 50 ms beside one of 20,000 that takes all the capacity there is', async (t) => {
  await system.client.upsert('wide', { nodes: [nodeTemplate('split', ['work']), nodeTemplate('work')] });
  await system.client.upsert('small', { nodes: [nodeTemplate('work')] });
  const runtime = await system.connect(['SplitNode', 'WorkNode'], { capacity: { total: capacity } });
  const startedAt = new Map<string, number>();
  const executing = executeAll(runtime, startedAt);
  /** Milliseconds from trigger to start of some runs, one after the other; ascending. */
  const delaysOf = async (count: number): Promise<number[]> => {
    const delays: number[] = [];
    for (let i = 0; i < count; i++) {
      const triggeredAt = performance.now();
      const runId = await system.client.trigger('small');
      delays.push((await eventually(() => startedAt.get(runId), { intervalMs: 1 })) - triggeredAt);
    }
    return delays.sort((left, right) => left - right);
  };

  const alone = await delaysOf(10);
  const wide = await system.client.trigger('wide');
  await eventually(async () => ((await system.client.run(wide)).counts?.[1]?.success ?? 0) > 0);
  const beside = await delaysOf(20);
  assert.equal(
    (await system.client.run(wide)).status,
    'RUN_STATUS_RUNNING',
    'the wide run was there all the time',
  );
  const shown = (delays: readonly number[]) => delays.map((delay) => delay.toFixed(0)).join(' ');
  t.diagnostic(`ms from trigger to start: ${shown(beside)}; with nothing else to do: ${shown(alone)}`);
  // On a machine that is busy with other things everything takes longer; in line behind 20,000 it would be seconds.
  const bound = Math.max(50, 6 * alone[5]!);
  assert.ok(beside[5]! < bound, `three quarters took more than ${bound} ms: ${shown(beside)}`);
  assert.ok(beside[10]! < 10 * bound, `half of them took more than ${10 * bound} ms: ${shown(beside)}`);
  await runtime.cut();
  await executing;
});
