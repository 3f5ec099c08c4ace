/** Labels of outputs, and lists of states by them. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type {
  Assignment__Output,
  ExplainUniteResponse__Output,
  GetStateResponse__Output,
  ListStatesRequest,
  ListStatesResponse__Output,
  Output,
  State__Output,
} from '@fanout/proto';
import { Redis } from 'ioredis';
import { nodeTemplate } from '../../support/graphs.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let redis: Redis;

before(async () => {
  system = await startSystem();
  redis = new Redis(system.redis.url);
});
afterEach(() => system.disconnect());
after(async () => {
  redis?.disconnect();
  await system?.stop();
});

const nodes = ['split', 'work', 'merge'].map((name) => `Label.${name}`);
const template = {
  retry_policy: { max_retries: 0 },
  nodes: [
    nodeTemplate('split', ['work'], { node_name: 'Label.split' }),
    nodeTemplate('work', ['merge'], { node_name: 'Label.work' }),
    nodeTemplate('merge', [], {
      node_name: 'Label.merge',
      unites: { identifier: 'split', strategy: 'ALL_DONE' },
    }),
  ],
};

function lease({ stateId = '', leaseToken = '' }: Assignment__Output) {
  return { stateId, leaseToken };
}

function report(runtime: RawRuntime, assignment: Assignment__Output, outputs: Output[]): void {
  runtime.send({ reports: { items: [{ ...lease(assignment), executed: { outputs } }] } });
}

const labelled = (label: string): Output => ({ outputJson: '{}', label });

async function states(request: ListStatesRequest): Promise<State__Output[]> {
  const found: State__Output[] = [];
  let pageToken = '';
  do {
    const page = await system.client.call<ListStatesResponse__Output>((...more) =>
      system.client.runs.listStates({ ...request, pageToken }, ...more),
    );
    found.push(...(page.states ?? []));
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  return found;
}

const labelsOf = (found: readonly State__Output[]) =>
  found.map(({ identifier, label }) => [identifier, label ?? '']);

test('states are called by the nearest output above them that has a label, or by their own', async () => {
  const { client } = system;
  const runtime = await system.connect(nodes);
  const runId = await client.start('films', template);
  report(runtime, await runtime.assignment(), [labelled('Quo Vadis?'), labelled('M'), { outputJson: '{}' }]);
  const [first, second, third] = await runtime.assignments(3);
  const unite = await client.call<ExplainUniteResponse__Output>((...more) =>
    client.runs.explainUnite({ runId }, ...more),
  );
  assert.deepEqual(
    unite.scopes?.[0]?.missing?.map(({ label }) => label ?? ''),
    ['Quo Vadis?', 'M', ''],
  );
  runtime.reportErrored(first!, 'BROKEN', true);
  report(runtime, second!, [labelled('M, cut')]);
  report(runtime, third!, [{ outputJson: '{}' }]);
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  await client.end(runId);
  assert.deepEqual(labelsOf(await states({ runId })), [
    ['split', 'Quo Vadis?'],
    ['split', 'M'],
    ['split', ''],
    ['work', 'Quo Vadis?'],
    ['work', 'M, cut'],
    ['work', ''],
    ['merge', ''],
  ]);
  const one = await client.call<GetStateResponse__Output>((...more) =>
    client.runs.getState({ stateId: first!.stateId! }, ...more),
  );
  assert.equal(one.state?.label, 'Quo Vadis?');
});

test('labels of outputs that are staged, or emitted one by one, are kept, and go with the run', async () => {
  const { client } = system;
  const open = { name: 'Label.open', openFanOut: true };
  const runtime = await system.connect([...nodes, open]);
  const staged = await client.start('staged', template);
  const root = await runtime.assignment();
  const outputs = [labelled('first'), { outputJson: '{}' }, labelled('third')];
  runtime.send({ emits: { items: [{ ...lease(root), firstIndex: 0, outputs }] } });
  await runtime.next('acks');
  runtime.send({ reports: { items: [{ ...lease(root), executed: { emitCount: 3 } }] } });
  const works = await runtime.assignments(3);
  const found = await states({ runId: staged, identifier: 'work' });
  assert.deepEqual(labelsOf(found), [
    ['work', 'first'],
    ['work', ''],
    ['work', 'third'],
  ]);
  for (const work of works) runtime.reportExecuted(work, [{}]);
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  await client.end(staged);
  await client.call((...more) => client.runs.deleteRun({ runId: staged }, ...more));
  assert.deepEqual(await redis.keys(`*${staged}*`), []);

  const emitted = await client.start('emitted', {
    nodes: [
      nodeTemplate('open', ['work'], { node_name: 'Label.open' }),
      nodeTemplate('work', [], { node_name: 'Label.work' }),
    ],
  });
  const opened = await runtime.assignment();
  for (const [firstIndex, label] of ['one', 'two'].entries())
    runtime.send({ emits: { items: [{ ...lease(opened), firstIndex, outputs: [labelled(label)] }] } });
  await runtime.assignments(2);
  assert.deepEqual(labelsOf(await states({ runId: emitted, identifier: 'work' })), [
    ['work', 'one'],
    ['work', 'two'],
  ]);
});

test('a label that is long is cut between two characters, and control characters become spaces', async () => {
  const { client } = system;
  const runtime = await system.connect(nodes);
  const runId = await client.start('odd', template);
  report(runtime, await runtime.assignment(), [labelled('é'.repeat(300)), labelled('\u001b[31mred\n')]);
  await runtime.assignments(2);
  const found = await states({ runId, identifier: 'work' });
  assert.deepEqual(labelsOf(found), [
    ['work', 'é'.repeat(100)],
    ['work', '[31mred'],
  ]);
});

test('states are found by label, below a state, in several statuses, and the newest first', async () => {
  const { client } = system;
  const runtime = await system.connect(nodes);
  const runId = await client.start('found', template);
  const root = await runtime.assignment();
  const outputs = Array.from({ length: 1_200 }, (_, i) => labelled(i % 400 === 7 ? `Odd ${i}` : `Even ${i}`));
  report(runtime, root, outputs);
  const all: Assignment__Output[] = [];
  while (all.length < 1_200) {
    const { items = [] } = await runtime.next('assignments');
    all.push(...items);
    for (const [i, one] of items.entries())
      if (all.length < 1_200)
        i % 100 === 0
          ? runtime.reportErrored(one, 'RARE', true)
          : report(runtime, one, [{ outputJson: '{}' }]);
  }
  const failed = await states({ runId, statuses: ['STATE_STATUS_ERRORED'] });
  assert.ok(failed.length > 2);
  const ids = (found: readonly State__Output[]) => found.map(({ stateId }) => stateId);
  const odd = await states({ runId, identifier: 'work', label: 'Odd ' });
  assert.deepEqual(labelsOf(odd), [
    ['work', 'Odd 7'],
    ['work', 'Odd 407'],
    ['work', 'Odd 807'],
  ]);
  for (const pageSize of [1, 100]) {
    const newest = await states({ runId, label: 'Odd 4', orderBy: 'STATE_ORDER_NEWEST_FIRST', pageSize });
    assert.deepEqual(labelsOf(newest), [
      ['work', 'Odd 407'],
      ['split', 'Odd 407'],
    ]);
  }
  const sibling = (await states({ runId, identifier: 'split', label: 'Odd 7' }))[0]!;
  assert.deepEqual(labelsOf(await states({ runId, below: sibling.stateId! })), [['work', 'Odd 7']]);
  const oldest = await states({
    runId,
    identifier: 'work',
    statuses: ['STATE_STATUS_SUCCESS', 'STATE_STATUS_ERRORED'],
  });
  const success = await states({ runId, identifier: 'work', status: 'STATE_STATUS_SUCCESS' });
  assert.equal(oldest.length, success.length + failed.length);
  const newest = await states({
    runId,
    identifier: 'work',
    orderBy: 'STATE_ORDER_NEWEST_FIRST',
    pageSize: 77,
  });
  assert.deepEqual(ids(newest), ids(await states({ runId, identifier: 'work' })).reverse());
  const down = { runId, errorCode: 'RARE', orderBy: 'STATE_ORDER_NEWEST_FIRST', pageSize: 2 } as const;
  assert.deepEqual(ids(await states(down)), ids(failed).reverse());
  const wrong = await refusalOf(states({ runId, errorCode: 'RARE', statuses: ['STATE_STATUS_SUCCESS'] }));
  assert.match(wrong.message, /error_code goes with the statuses ERRORED and RETRY_CREATED/);
});
