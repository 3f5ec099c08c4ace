/** Order of states: within a run by the graph's order, over runs in turn, and by priority. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Assignment__Output } from '@fanout/proto';
import { nodeName, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let second: TestStateManager;

before(async () => {
  system = await startSystem();
  second = await startTestStateManager(system.redis);
});
afterEach(() => system.disconnect());
after(async () => {
  await second?.stop();
  await system?.stop();
});

/** Numbers of outputs of states, by identifier; one if nothing is said. */
type Widths = Readonly<Record<string, number>>;

function report(runtime: RawRuntime, assignment: Assignment__Output, widths: Widths): void {
  const width = widths[assignment.identifier ?? ''] ?? 1;
  runtime.reportExecuted(
    assignment,
    Array.from({ length: width }, (_, number) => ({ number })),
  );
}

/** Executes a run one state at a time. The identifiers, in the order of their assignments. */
async function orderOf(name: string, graph: TestGraph, widths: Widths): Promise<string[]> {
  const nodes = [...new Set(graph.nodes.map((node) => node.node_name))];
  const runtime = await system.connect(nodes.reverse(), { capacity: { total: 1 } });
  const runId = await system.client.start(name, graph);
  let hasEnded = false;
  const end = system.client.end(runId).then((result) => {
    hasEnded = true;
    return result;
  });
  const order: string[] = [];
  while (!hasEnded) {
    const assignment = await runtime.assignment(500).catch(() => undefined);
    if (!assignment) continue;
    order.push(assignment.identifier ?? '');
    report(runtime, assignment, widths);
  }
  assert.equal((await end).status, 'SUCCESS');
  return order;
}

const branches: TestGraph['nodes'] = [
  nodeTemplate('split', ['read']),
  nodeTemplate('read', ['write', 'log']),
  nodeTemplate('write', ['merge']),
  nodeTemplate('log'),
  nodeTemplate('merge', [], { unites: { identifier: 'split' } }),
];

test('depth first, a run finishes each branch before it begins the next, to the state', async () => {
  const order = await orderOf('depth', { order: 'DEPTH_FIRST', nodes: branches }, { split: 3 });
  const branch = ['read', 'log', 'write'];
  assert.deepEqual(order, ['split', ...branch, ...branch, ...branch, 'merge']);
});

test('depth first is what a graph does that says nothing, and holds below fan-outs within fan-outs', async () => {
  const nodes = [
    nodeTemplate('outer', ['inner']),
    nodeTemplate('inner', ['work']),
    nodeTemplate('work', ['gather']),
    nodeTemplate('gather', ['done'], { unites: { identifier: 'inner' } }),
    nodeTemplate('done', ['all']),
    nodeTemplate('all', [], { unites: { identifier: 'outer' } }),
  ];
  const order = await orderOf('nested-depth', { nodes }, { outer: 2, inner: 2 });
  const branch = ['inner', 'work', 'work', 'gather', 'done'];
  assert.deepEqual(order, ['outer', ...branch, ...branch, 'all']);
});

test('breadth first, a run executes all states of a node before those behind it', async () => {
  const order = await orderOf('breadth', { order: 'BREADTH_FIRST', nodes: branches }, { split: 3 });
  const three = (identifier: string) => [identifier, identifier, identifier];
  assert.deepEqual(order, ['split', ...three('read'), ...three('write'), ...three('log'), 'merge']);
});

test('the order of the template says nothing about the order of execution', async () => {
  const nodes = [...branches].reverse();
  const order = await orderOf('reversed', { nodes }, { split: 2 });
  assert.deepEqual(order.slice(0, 2), ['split', 'read']);
  assert.deepEqual(order.slice(-1), ['merge']);
  assert.ok(
    order.indexOf('write') < order.lastIndexOf('read'),
    'the first branch ends before the second begins',
  );
});

/** A run with `width` ready states of `work`, and no runtime that takes them. */
async function startWide(name: string, width: number, fields: object = {}, priority = 0): Promise<string> {
  const source = await system.connect([nodeName(`source_${name}`)], { capacity: { total: 1 } });
  await system.client.upsert(name, {
    nodes: [nodeTemplate(`source_${name}`, ['work']), nodeTemplate('work', [], fields)],
  });
  const runId = await system.client.trigger(name, {}, { priority });
  report(source, await source.assignment(), { [`source_${name}`]: width });
  await source.ack();
  await source.goodbye();
  return runId;
}

test('runs are served in turn, one state of each', async () => {
  const runIds = [await startWide('first', 4), await startWide('second', 4), await startWide('third', 4)];
  const runtime = await system.connect(['WorkNode'], { capacity: { total: 1 } });
  const served: string[] = [];
  for (let i = 0; i < 12; i++) {
    const assignment = await runtime.assignment();
    served.push(assignment.runId ?? '');
    runtime.reportExecuted(assignment, [{}]);
  }
  for (let round = 0; round < 12; round += 3)
    assert.equal(
      new Set(served.slice(round, round + 3)).size,
      3,
      `${served.map((id) => runIds.indexOf(id))}`,
    );
});

test('a higher priority goes first, whatever was there before', async () => {
  const low = await startWide('low', 6);
  const runtime = await system.connect(['WorkNode'], { capacity: { total: 1 } });
  let assignment = await runtime.assignment();
  assert.equal(assignment.runId, low);
  const high = await startWide('high', 3, {}, 50);
  const served: (string | undefined)[] = [];
  for (let i = 0; i < 8; i++) {
    runtime.reportExecuted(assignment, [{}]);
    assignment = await runtime.assignment();
    served.push(assignment.runId);
  }
  assert.deepEqual(served, [...Array(3).fill(high), ...Array(5).fill(low)]);
  runtime.reportExecuted(assignment, [{}]);
  await system.client.end(low);
});

test('at most max_parallel states of a node are out, on all state managers together, and none waits for long', async () => {
  const runId = await startWide('capped', 40, { max_parallel: 3 });
  const runtimes = await Promise.all(
    [system.stateManager, second].map(({ address }) =>
      system.connect(['WorkNode'], { capacity: { total: 10 } }, { address }),
    ),
  );
  let out = 0;
  let most = 0;
  let done = 0;
  const startedAt = performance.now();
  await Promise.all(
    runtimes.map(async (runtime) => {
      while (done < 40) {
        const items = await runtime.assignments(1, 200).catch(() => []);
        out += items.length;
        most = Math.max(most, out);
        for (const assignment of items) {
          out--;
          done++;
          runtime.reportExecuted(assignment, [{}]);
        }
      }
    }),
  );
  const tookMs = performance.now() - startedAt;
  const { status, run } = await system.client.end(runId);
  assert.equal(status, 'SUCCESS');
  assert.equal(run.counts?.[1]?.success, 40);
  assert.ok(most <= 3, `${most} were out at once`);
  // With a look a second, 40 states on three slots would take more than ten seconds.
  assert.ok(tookMs < 5_000, `it took ${Math.round(tookMs)} ms`);
});

test('a slot that is given back on one state manager is used on the other at once', async () => {
  await startWide('handed-over', 2, { max_parallel: 1 });
  const here = await system.connect(['WorkNode'], { capacity: { total: 1 } });
  const held = await here.assignment();
  const there = await system.connect(['WorkNode'], { capacity: { total: 1 } }, { address: second.address });
  here.send({ capacity: { total: 0 } });
  const startedAt = performance.now();
  here.reportExecuted(held, [{}]);
  await there.assignment();
  assert.ok(performance.now() - startedAt < 500, 'a notice is faster than the poll');
});
