import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { startStateHolder } from '../../support/state-holder.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem();
});
afterEach(() => system.disconnect());
after(() => system?.stop());

/** `source` fans out to `work`. */
function wide(name: string, fields = {}): TestGraph {
  return {
    nodes: [
      nodeTemplate('source', ['work'], { node_name: `${name}Source` }),
      nodeTemplate('work', [], { node_name: `${name}Work`, ...fields }),
    ],
  };
}

/** Starts a run of `wide` whose source has given so many outputs. */
async function startWide(name: string, width: number, inputs = {}, fields = {}): Promise<string> {
  const source = await system.connect([`${name}Source`]);
  const runId = await system.client.start(name, wide(name, fields), inputs);
  source.reportExecuted(await source.assignment(), Array(width).fill({}));
  await source.ack();
  await source.goodbye();
  return runId;
}

test('states that a runtime held when it was killed are handed out again within about a second', async () => {
  const runId = await startWide('Killed', 20);
  const holder = await startStateHolder(system.stateManager.address, 'KilledWork', 20);
  const other = await system.connect(['KilledWork']);
  await holder.kill('SIGKILL');
  const killedAt = performance.now();
  const again = await other.assignments(20);
  const tookMs = performance.now() - killedAt;
  assert.ok(tookMs < 2_000, `handed out again after ${Math.round(tookMs)} ms`);
  assert.ok(
    again.every(({ attempt }) => attempt === 2),
    'the attempt is recorded',
  );
  for (const lease of again) other.reportExecuted(lease, [{}]);
  const { status, run } = await system.client.end(runId);
  assert.equal(status, 'SUCCESS');
  assert.equal(run.counts?.[1]?.success, 20);
});

test('an input that kills three runtimes is an error, its branch fails, and the others go on', async () => {
  const name = 'Deadly';
  const runId = await system.client.start(name, {
    nodes: [
      nodeTemplate('source', ['work'], { node_name: `${name}Source` }),
      nodeTemplate('work', ['merge'], {
        node_name: `${name}Work`,
        inputs: { value: expression('source.outputs.value') },
      }),
      nodeTemplate('merge', [], {
        node_name: `${name}Merge`,
        inputs: { values: expression('work.outputs.value'), failures: expression('unite.failures') },
        unites: { identifier: 'source', strategy: 'ALL_DONE' },
      }),
    ],
  });
  const source = await system.connect([`${name}Source`, `${name}Merge`]);
  source.reportExecuted(await source.assignment(), [{ value: 'good' }, { value: 'deadly' }]);
  for (let deaths = 0; deaths < 3; ) {
    const runtime = await system.connect([`${name}Work`], { capacity: { total: 1 } });
    const assignment = await runtime.assignment();
    const { value } = JSON.parse(assignment.inputsJson ?? '');
    if (value === 'deadly') {
      deaths++;
      await runtime.cut();
    } else {
      runtime.reportExecuted(assignment, [{ value }]);
      await runtime.ack();
      await runtime.goodbye();
    }
  }
  const merger = await source.assignment();
  const { values, failures } = JSON.parse(merger.inputsJson ?? '');
  assert.deepEqual(values, ['good']);
  assert.equal(failures.length, 1);
  assert.equal(failures[0].code, 'LEASE_LOST');
  source.reportExecuted(merger, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

/** Memory of a process in RAM, bytes. */
function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}

test('a runtime that never reads holds no more than its capacity, and others are not held up', async (t) => {
  const capacity = 200;
  const stuckRun = await startWide(
    'Stuck',
    400,
    { text: 'x'.repeat(50_000) },
    {
      inputs: { text: expression('trigger.text') },
    },
  );
  const before = residentBytes(system.stateManager.pid);
  const deaf = await system.connect(['StuckWork'], { capacity: { total: capacity } });
  deaf.stopReading();
  const beating = setInterval(() => deaf.send({ heartbeat: {} }), 200);
  t.after(() => clearInterval(beating));

  const quickRun = await startWide('Quick', 500);
  const quick = await system.connect(['QuickWork']);
  for (let done = 0; done < 500; ) {
    const items = await quick.assignments(1);
    for (const lease of items) quick.reportExecuted(lease, [{}]);
    done += items.length;
  }
  assert.equal((await system.client.end(quickRun)).status, 'SUCCESS');
  const { counts } = await system.client.run(stuckRun);
  assert.equal(counts?.[1]?.queued, capacity);
  assert.equal(counts?.[1]?.created, 400 - capacity);
  // It holds 10 MB of inputs.
  const growth = residentBytes(system.stateManager.pid) - before;
  assert.ok(growth < 100_000_000, `the state manager grew by ${Math.round(growth / 1e6)} MB`);

  await deaf.cut();
  const reader = await system.connect(['StuckWork'], { capacity: { total: 400 } });
  for (const lease of await reader.assignments(400)) reader.reportExecuted(lease, [{}]);
  assert.equal((await system.client.end(stuckRun)).status, 'SUCCESS');
});
