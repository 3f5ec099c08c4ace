import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, test } from 'node:test';
import type {
  ListGraphsResponse__Output,
  ListNodesResponse__Output,
  ListResultsResponse__Output,
  ListRunsRequest,
  ListRunsResponse__Output,
  ListStatesRequest,
  ListStatesResponse__Output,
  Run__Output,
  WatchRunResponse__Output,
} from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem();
});
afterEach(() => system.disconnect());
after(() => system?.stop());

interface Page {
  readonly nextPageToken?: string;
}

/** Every page of a list. */
async function pagesOf<Response extends Page>(
  list: (pageToken: string) => Promise<Response>,
): Promise<Response[]> {
  const pages: Response[] = [];
  let pageToken = '';
  do {
    const page = await list(pageToken);
    pages.push(page);
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  return pages;
}

/** A run whose only node has given these outputs. */
async function startWith(graphName: string, outputs: readonly unknown[]): Promise<string> {
  const runtime = await system.connect(['OneNode']);
  const runId = await system.client.start(graphName, { nodes: [nodeTemplate('one')] });
  runtime.reportExecuted(await runtime.assignment(), outputs);
  await system.client.end(runId);
  await runtime.goodbye();
  return runId;
}

function numbers(count: number): { number: number }[] {
  return Array.from({ length: count }, (_, number) => ({ number }));
}

test('ten outputs of one node with nothing after it end as ten states and ten results', async () => {
  const runId = await startWith('ten', numbers(10));
  const { status, run, outputs } = await system.client.end(runId);
  assert.equal(status, 'SUCCESS');
  assert.equal(run.counts?.[0]?.success, 10);
  assert.equal(run.stateCount, 10);
  assert.deepEqual(outputs, numbers(10));
  const states = await system.client.states(runId);
  assert.equal(new Set(states.map(({ stateId }) => stateId)).size, 10);
  assert.ok(states.every(({ status: each }) => each === 'STATE_STATUS_SUCCESS'));
});

test('the same idempotency key with the same inputs is the same run', async () => {
  await system.client.upsert('key', { nodes: [nodeTemplate('key')] });
  const request = { graphName: 'key', idempotencyKey: 'order-7', inputsJson: '{"a":1,"b":[2]}' };
  const first = await system.client.tryTrigger(request);
  const again = await system.client.tryTrigger({ ...request, inputsJson: ' { "b" : [2], "a": 1 } ' });
  assert.equal(first.created, true);
  assert.equal(again.runId, first.runId);
  assert.equal(again.created ?? false, false);

  const refusal = await refusalOf(system.client.tryTrigger({ ...request, inputsJson: '{"a":2}' }));
  assert.equal(refusal.code, 'ALREADY_EXISTS');
  assert.equal(refusal.reason, 'IDEMPOTENCY_CONFLICT');
  assert.match(refusal.message, /order-7/);

  await system.client.upsert('key-2', { nodes: [nodeTemplate('key')] });
  await system.client.upsert('key', { nodes: [nodeTemplate('key')] }, 'elsewhere');
  const others = await Promise.all([
    system.client.tryTrigger({ ...request, graphName: 'key-2', inputsJson: '{}' }),
    system.client.tryTrigger({ ...request, idempotencyKey: 'order-8' }),
    system.client.tryTrigger({ ...request, namespace: 'elsewhere' }),
    system.client.tryTrigger({ graphName: 'key' }),
    system.client.tryTrigger({ graphName: 'key' }),
  ]);
  assert.equal(
    new Set([first, ...others].map(({ runId }) => runId)).size,
    6,
    'a key is of its graph and namespace',
  );
});

test('a key stands for its run as long as that is there, whatever becomes of the graph', async () => {
  const { client } = system;
  const graphName = 'key-stays';
  await client.upsert(graphName, { nodes: [nodeTemplate('key')] });
  const request = { graphName, idempotencyKey: 'once', inputsJson: '{"a":1}', storeJson: { s: '1' } };
  const { runId } = await client.tryTrigger(request);
  const again = async () => {
    const { runId: found, created = false } = await client.tryTrigger(request);
    assert.deepEqual([found, created], [runId, false]);
    const other = await refusalOf(client.tryTrigger({ ...request, inputsJson: '{"a":2}' }));
    return other.reason;
  };
  await client.upsert(graphName, {
    nodes: [nodeTemplate('key')],
    store_config: { required_keys: ['new'] },
  });
  assert.equal(await again(), 'STORE_INVALID');
  await client.call((...more) => client.runs.cancelRun({ runId: runId! }, ...more));
  await client.end(runId!);
  await client.call((...more) => client.graphs.deleteGraph({ name: graphName }, ...more));
  assert.equal(await again(), 'GRAPH_NOT_FOUND');
});

test('results come in pages, in order', async () => {
  const runId = await startWith('results', numbers(25));
  const pages = await pagesOf<ListResultsResponse__Output>((pageToken) =>
    system.client.call((...more) =>
      system.client.runs.listResults({ runId, pageSize: 10, pageToken }, ...more),
    ),
  );
  assert.deepEqual(
    pages.map(({ results = [] }) => results.length),
    [10, 10, 5],
  );
  const outputs = pages.flatMap(({ results = [] }) =>
    results.map(({ outputJson = '' }) => JSON.parse(outputJson)),
  );
  assert.deepEqual(outputs, numbers(25));
});

test('results are the outputs at the ends of the graph, by path, of a run that failed as well', async () => {
  const ends = ['Ends.source', 'Ends.left', 'Ends.right', 'Ends.last'];
  const runtime = await system.connect(ends);
  const runId = await system.client.start('ends', {
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('source', ['left', 'right'], { node_name: ends[0]! }),
      nodeTemplate('left', [], { node_name: ends[1]! }),
      nodeTemplate('right', ['last'], { node_name: ends[2]! }),
      nodeTemplate('last', [], { node_name: ends[3]! }),
    ],
  });
  runtime.reportExecuted(await runtime.assignment(), numbers(3));
  for (const lease of await runtime.assignments(6)) {
    const state = (await system.client.states(runId)).find(({ stateId }) => stateId === lease.stateId);
    const output = { from: `${lease.identifier} ${state?.path}` };
    if (output.from === 'left 1.0') runtime.report(lease, { pruned: { dataJson: '{"from":"a prune"}' } });
    else if (output.from === 'right 1.1') runtime.reportErrored(lease);
    else runtime.reportExecuted(lease, lease.identifier === 'left' ? [output, output] : [output]);
  }
  for (const lease of await runtime.assignments(2)) runtime.reportExecuted(lease, [{ from: 'last' }]);
  const { status, results } = await system.client.end(runId);
  assert.equal(status, 'FAILED');
  const told = results.map(({ identifier, path, outputJson = '' }) => [
    identifier,
    path,
    JSON.parse(outputJson).from,
  ]);
  assert.deepEqual(told, [
    ['left', '0.0', 'left 0.0'],
    ['left', '0.0', 'left 0.0'],
    ['last', '0.1/0.0', 'last'],
    ['left', '2.0', 'left 2.0'],
    ['left', '2.0', 'left 2.0'],
    ['last', '2.1/0.0', 'last'],
  ]);
  const pages = await pagesOf<ListResultsResponse__Output>((pageToken) =>
    system.client.call((...more) =>
      system.client.runs.listResults({ runId, pageSize: 4, pageToken }, ...more),
    ),
  );
  assert.deepEqual(
    pages.map(({ results: page = [] }) => page.length),
    [4, 2],
  );
  assert.deepEqual(
    pages.flatMap(({ results: page = [] }) => page),
    results,
  );
});

test('states come in pages and by filter, siblings as states of their own', async () => {
  const runtime = await system.connect(['SourceNode', 'WorkNode']);
  const nodes = [
    nodeTemplate('source', ['work']),
    nodeTemplate('work', [], { retry_policy: { max_retries: 0 } }),
  ];
  const runId = await system.client.start('states', { nodes });
  runtime.reportExecuted(await runtime.assignment(), numbers(12));
  const work = await runtime.assignments(12);
  work.forEach((lease, i) => {
    if (i < 5) runtime.reportErrored(lease);
    else runtime.reportExecuted(lease, [{}]);
  });
  assert.equal((await system.client.end(runId)).status, 'FAILED');

  const list = async (filter: ListStatesRequest, pageSize: number) => {
    const pages = await pagesOf<ListStatesResponse__Output>((pageToken) => {
      const request = { runId, ...filter, pageSize, pageToken };
      return system.client.call((...more) => system.client.runs.listStates(request, ...more));
    });
    assert.ok(pages.every(({ states = [] }) => states.length <= pageSize));
    return pages.flatMap(({ states = [] }) => states);
  };
  const all = await list({}, 5);
  assert.equal(all.length, 24);
  assert.equal(new Set(all.map(({ stateId }) => stateId)).size, 24);
  assert.deepEqual(all, await list({}, 1_000));
  assert.equal((await list({ identifier: 'source' }, 5)).length, 12);
  const errored = await list({ identifier: 'work', status: 'STATE_STATUS_ERRORED' }, 2);
  assert.equal(errored.length, 5);
  for (const { failure, identifier, nodeName, attempt, parents } of errored) {
    assert.deepEqual(failure, { code: 'NODE_ERROR', message: 'NODE_ERROR on purpose' });
    assert.deepEqual([identifier, nodeName, attempt], ['work', 'WorkNode', 1]);
    assert.ok(parents?.source?.startsWith(runId));
  }
  assert.deepEqual(await list({ identifier: 'unknown' }, 5), []);
  for (const status of ['STATE_STATUS_RETRY_CREATED', 'STATE_STATUS_PRUNED', 'STATE_STATUS_QUEUED'] as const)
    assert.deepEqual(await list({ status }, 5), []);
  const succeeded = { identifier: 'source', status: 'STATE_STATUS_ERRORED' } as const;
  assert.deepEqual(await list(succeeded, 5), [], 'other nodes have states of this status');
});

test('runs are listed newest first, in pages and by filter', async () => {
  await system.client.upsert('listed', { nodes: [nodeTemplate('listed')] });
  const runIds: string[] = [];
  for (let i = 0; i < 7; i++) runIds.push(await system.client.trigger('listed'));
  const ended = await startWith('listed-too', [{}]);
  const list = async (filter: ListRunsRequest): Promise<string[]> => {
    const pages = await pagesOf<ListRunsResponse__Output>((pageToken) => {
      const request = { ...filter, pageSize: 3, pageToken };
      return system.client.call((...more) => system.client.runs.listRuns(request, ...more));
    });
    return pages.flatMap(({ runs = [] }) => runs.map(({ runId = '' }) => runId));
  };
  assert.deepEqual(await list({ graphName: 'listed' }), runIds.toReversed());
  assert.deepEqual(await list({ graphName: 'listed', status: 'RUN_STATUS_SUCCESS' }), []);
  assert.deepEqual(await list({ graphName: 'listed-too', status: 'RUN_STATUS_SUCCESS' }), [ended]);
  const [, , , fourth = ''] = runIds;
  const { createTime } = await system.client.run(fourth);
  const since = await list({ graphName: 'listed', triggeredFrom: createTime! });
  const before = await list({ graphName: 'listed', triggeredBefore: createTime! });
  assert.ok(since.includes(fourth));
  assert.deepEqual([...since, ...before], runIds.toReversed());
  const all = await list({});
  assert.equal(new Set(all).size, all.length);
  assert.deepEqual(all.slice(0, 8), [ended, ...runIds.toReversed()]);
});

test('graphs and nodes are listed in pages, each once and in order', async () => {
  const namespace = 'paged';
  const names = ['a', 'b', 'c', 'd', 'e'];
  for (const name of names) await system.client.upsert(name, { nodes: [nodeTemplate('only')] }, namespace);
  await system.connect(names, { namespace });
  const graphs = await pagesOf<ListGraphsResponse__Output>((pageToken) =>
    system.client.call((...more) =>
      system.client.graphs.listGraphs({ namespace, pageSize: 2, pageToken }, ...more),
    ),
  );
  const nodes = await pagesOf<ListNodesResponse__Output>((pageToken) =>
    system.client.call((...more) =>
      system.client.nodes.listNodes({ namespace, pageSize: 2, pageToken }, ...more),
    ),
  );
  const expected = [['a', 'b'], ['c', 'd'], ['e']];
  assert.deepEqual(
    graphs.map((page) => page.graphs?.map(({ name }) => name)),
    expected,
  );
  assert.deepEqual(
    nodes.map((page) => page.nodes?.map(({ definition }) => definition?.name)),
    expected,
  );
});

test('a watch gives a snapshot at once, one on each change, the end, and then the results', async () => {
  const runtime = await system.connect(['SourceNode', 'WorkNode']);
  const nodes = [nodeTemplate('source', ['work']), nodeTemplate('work')];
  const runId = await system.client.start('watched', { nodes });
  const watching = system.client.watch(runId);
  runtime.reportExecuted(await runtime.assignment(), numbers(3));
  for (const lease of await runtime.assignments(3)) runtime.reportExecuted(lease, [{ done: true }]);
  const messages = await watching;
  const snapshots = messages.flatMap(({ run }) => run ?? []);
  assert.ok(snapshots.length >= 1);
  const last = snapshots.at(-1);
  assert.equal(last?.status, 'RUN_STATUS_SUCCESS');
  assert.ok(last?.endTime);
  assert.ok(snapshots.slice(0, -1).every(({ endTime }) => !endTime));
  const firstResult = messages.findIndex(({ results = [] }) => results.length > 0);
  assert.equal(firstResult, snapshots.length, 'results follow the end');
  assert.equal(messages.flatMap(({ results = [] }) => results).length, 3);
});

test('a watch tells at once how a run stands, and then at most 10 times a second, however much changes', async () => {
  const runtime = await system.connect(['Busy.source', 'Busy.work'], { capacity: { total: 1 } });
  const runId = await system.client.start('busy', {
    nodes: [
      nodeTemplate('source', ['work'], { node_name: 'Busy.source' }),
      nodeTemplate('work', [], { node_name: 'Busy.work' }),
    ],
  });
  const root = await runtime.assignment();
  const stream = system.client.runs.watchRun({ runId, omitResults: true });
  const snapshots: { run: Run__Output; afterMs: number }[] = [];
  const startedAt = performance.now();
  stream.on('data', ({ run }: WatchRunResponse__Output) =>
    snapshots.push({ run: run!, afterMs: performance.now() - startedAt }),
  );
  const ended = once(stream, 'end');
  await eventually(() => snapshots.length > 0);
  assert.equal(snapshots[0]?.run.counts?.[0]?.queued, 1, 'nothing has changed yet');

  runtime.reportExecuted(root, numbers(3_000));
  let done = 0;
  for (; performance.now() - startedAt < 700; done++) {
    runtime.reportExecuted(await runtime.assignment(), [{}]);
    await runtime.ack();
  }
  const workingMs = performance.now() - startedAt;
  const seen = snapshots.filter(({ afterMs }) => afterMs <= workingMs).length;
  assert.ok(done > 5, `${done} changes`);
  assert.ok(seen >= 3 && seen <= workingMs / 100 + 2, `${seen} snapshots in ${workingMs} ms`);
  await system.client.call((...more) => system.client.runs.cancelRun({ runId }, ...more));
  await ended;
  assert.equal(snapshots.at(-1)?.run.status, 'RUN_STATUS_CANCELLED');
});

test('a watch of a run that has ended gives its end and its results', async () => {
  const runId = await startWith('over', [{ a: 1 }]);
  const messages = await system.client.watch(runId);
  assert.equal(messages.length, 2);
  assert.equal(messages[0]?.run?.status, 'RUN_STATUS_SUCCESS');
  assert.equal(messages[1]?.results?.[0]?.outputJson, '{"a":1}');
});

test('a run keeps the version of the graph that it began with', async () => {
  const { client } = system;
  const runtime = await system.connect(['OldNode', 'NewNode']);
  const old = {
    nodes: [
      nodeTemplate('first', ['second'], { node_name: 'OldNode' }),
      nodeTemplate('second', [], { node_name: 'OldNode' }),
    ],
  };
  const first = await client.upsert('versions', old);
  assert.equal(first.graph?.version, 1);
  const runId = await client.trigger('versions');
  const assignment = await runtime.assignment();
  const second = await client.upsert('versions', {
    nodes: [nodeTemplate('first', [], { node_name: 'NewNode' })],
  });
  assert.equal(second.graph?.version, 2);
  runtime.reportExecuted(assignment, [{}]);
  const next = await runtime.assignment();
  assert.equal(next.identifier, 'second');
  runtime.reportExecuted(next, [{}]);
  const { status, run } = await client.end(runId);
  assert.equal(status, 'SUCCESS');
  assert.equal(run.graphVersion, 1);
  const same = await client.upsert('versions', {
    nodes: [nodeTemplate('first', [], { node_name: 'NewNode' })],
  });
  assert.equal(same.created ?? false, false);
  assert.equal(same.graph?.version, 2);
});
