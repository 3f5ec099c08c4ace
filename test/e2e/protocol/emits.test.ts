import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import type {
  Ack__Output,
  Assignment__Output,
  ListRuntimesResponse__Output,
  ReadUnitedRequest,
  ReadUnitedResponse__Output,
} from '@fanout/proto';
import { status } from '@grpc/grpc-js';
import { Redis } from 'ioredis';
import { sessionOf } from '../../../services/state-manager/domain/run/lease-token.ts';
import { parseStateId } from '../../../services/state-manager/domain/run/state-id.ts';
import { Keys } from '../../../services/state-manager/storage/layout/keys.ts';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem({ FANOUT_MAX_FRAME_BYTES: '1000000', FANOUT_MAX_OUTPUT_BYTES: '100000' });
});
afterEach(() => system.disconnect());
after(() => system?.stop());

/** `source`, whose outputs `merge` unites: their `number`s and, if it is an iterator, their `text`s. */
const graph: TestGraph = {
  nodes: [
    nodeTemplate('source', ['merge']),
    nodeTemplate('merge', [], {
      unites: { identifier: 'source' },
      inputs: { numbers: expression('source.outputs.number'), texts: expression('source.outputs.text') },
    }),
  ],
};

/** A runtime for the graph, and the state of its source. */
async function startSource(iteratorInputs: readonly string[] = []) {
  const runtime = await system.connect([
    'SourceNode',
    { name: 'MergeNode', iteratorInputs: [...iteratorInputs] },
  ]);
  const runId = await system.client.start('emits', graph);
  return { runtime, runId, source: await runtime.assignment() };
}

/** Sends outputs `{ number }` with these indexes as one chunk. */
function emit(
  runtime: RawRuntime,
  { stateId = '', leaseToken = '' }: Assignment__Output,
  from: number,
  to: number,
): void {
  const outputs = numbers(from, to).map((number) => ({ outputJson: JSON.stringify({ number }) }));
  runtime.send({ emits: { items: [{ stateId, leaseToken, firstIndex: from, outputs }] } });
}

/** Numbers from `from` up to, not including, `to`. */
function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function reportEmitted(runtime: RawRuntime, lease: Assignment__Output, emitCount: number): void {
  runtime.report(lease, { executed: { emitCount } });
}

async function emitAck(runtime: RawRuntime): Promise<Ack__Output> {
  const ack = await runtime.ack();
  assert.equal(ack.isEmit, true);
  return ack;
}

/** Takes the merger's assignment, reports what it got, and waits for the run to end well. */
async function merge(runtime: RawRuntime, runId: string): Promise<unknown> {
  const assignment = await runtime.assignment();
  assert.equal(assignment.identifier, 'merge');
  const { numbers } = JSON.parse(assignment.inputsJson ?? '');
  runtime.reportExecuted(assignment, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
  return numbers;
}

function read(request: ReadUnitedRequest): Promise<ReadUnitedResponse__Output> {
  return system.client.call((...more) => system.client.runtimes.readUnited(request, ...more));
}

test('emits count when their report commits them, and not before', async () => {
  const { runtime, runId, source } = await startSource();
  emit(runtime, source, 0, 10);
  const ack = await emitAck(runtime);
  assert.equal(ack.status, 'ACK_STATUS_ACCEPTED');
  assert.equal(ack.firstIndex ?? 0, 0);
  emit(runtime, source, 10, 25);
  assert.equal((await emitAck(runtime)).firstIndex, 10);
  const before = await system.client.run(runId);
  assert.equal(before.stateCount, 1);
  assert.equal(before.counts?.[0]?.queued, 1);

  reportEmitted(runtime, source, 25);
  const reported = await runtime.ack();
  assert.equal(reported.status, 'ACK_STATUS_ACCEPTED');
  assert.equal(reported.isEmit ?? false, false);
  assert.deepEqual(await merge(runtime, runId), numbers(0, 25));
  assert.equal((await system.client.run(runId)).counts?.[0]?.success, 25);
});

test('a report right behind its emits waits for them', async () => {
  const { runtime, runId, source } = await startSource();
  emit(runtime, source, 0, 700);
  emit(runtime, source, 700, 1_400);
  reportEmitted(runtime, source, 1_400);
  const acks = await runtime.acks(3);
  assert.deepEqual(
    acks.map(({ status, isEmit = false }) => [status, isEmit]),
    [
      ['ACK_STATUS_ACCEPTED', true],
      ['ACK_STATUS_ACCEPTED', true],
      ['ACK_STATUS_ACCEPTED', false],
    ],
  );
  assert.deepEqual(await merge(runtime, runId), numbers(0, 1_400));
});

test('emits that have not arrived are asked for by range, and the report is taken once they are there', async () => {
  const { runtime, runId, source } = await startSource();
  emit(runtime, source, 2, 5);
  emit(runtime, source, 9, 12);
  reportEmitted(runtime, source, 15);
  const ack = (await runtime.acks(3)).at(-1);
  assert.equal(ack?.status, 'ACK_STATUS_MISSING_EMITS');
  const missing = ack?.missing?.map(({ first = 0, end = 0 }) => [first, end]);
  assert.deepEqual(missing, [
    [0, 2],
    [5, 9],
    [12, 15],
  ]);
  assert.equal((await system.client.run(runId)).stateCount, 1, 'nothing counts yet');
  for (const [first = 0, end = 0] of missing ?? []) emit(runtime, source, first, end);
  await runtime.acks(3);
  reportEmitted(runtime, source, 15);
  assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
  assert.deepEqual(await merge(runtime, runId), numbers(0, 15));
});

test('the same emits twice are there once, and in the order of their indexes', async () => {
  const { runtime, runId, source } = await startSource();
  emit(runtime, source, 5, 10);
  emit(runtime, source, 0, 7);
  emit(runtime, source, 5, 10);
  await runtime.acks(3);
  reportEmitted(runtime, source, 10);
  await runtime.ack();
  assert.deepEqual(await merge(runtime, runId), numbers(0, 10));
});

test('emits of a state that reports an error count for nothing', async () => {
  const { runtime, runId, source } = await startSource();
  emit(runtime, source, 0, 10);
  await emitAck(runtime);
  runtime.reportErrored(source, 'BROKEN', true);
  await runtime.ack();
  const { status, run } = await system.client.end(runId);
  assert.equal(status, 'FAILED');
  assert.equal(run.stateCount, 1);
});

test('an attempt does not see what another one emitted', async () => {
  const { runtime, runId, source } = await startSource();
  emit(runtime, source, 0, 10);
  await emitAck(runtime);
  await runtime.goodbye();
  const next = await system.connect(['SourceNode', 'MergeNode']);
  const again = await next.assignment();
  assert.equal(again.stateId, source.stateId);
  assert.equal(again.acceptedEmits ?? 0, 0);
  emit(next, again, 0, 2);
  await emitAck(next);
  reportEmitted(next, again, 2);
  assert.equal((await next.ack()).status, 'ACK_STATUS_ACCEPTED');
  assert.deepEqual(await merge(next, runId), [0, 1]);
});

test('a report of fewer emits than have arrived is refused', async () => {
  const { runtime, runId, source } = await startSource();
  emit(runtime, source, 0, 10);
  await emitAck(runtime);
  reportEmitted(runtime, source, 7);
  const ack = await runtime.ack();
  assert.equal(ack.status, 'ACK_STATUS_INVALID');
  assert.equal(ack.reason?.code, 'REPORT_INVALID');
  assert.match(ack.reason?.message ?? '', /7 emits, and more have arrived/);
  assert.equal((await system.client.end(runId)).status, 'FAILED');
});

test('emits that do not prove their lease are stale', async () => {
  const { runtime, runId, source } = await startSource();
  emit(runtime, { ...source, leaseToken: 'nonsense' }, 0, 3);
  const ack = await emitAck(runtime);
  assert.equal(ack.status, 'ACK_STATUS_STALE_LEASE');
  emit(runtime, source, 0, 3);
  assert.equal((await emitAck(runtime)).status, 'ACK_STATUS_ACCEPTED');
  reportEmitted(runtime, source, 3);
  await runtime.ack();
  assert.deepEqual(await merge(runtime, runId), [0, 1, 2]);
});

test('an emit against the rules settles its state as an error', async () => {
  const { runtime, runId, source } = await startSource();
  const { stateId = '', leaseToken = '' } = source;
  emit(runtime, source, 0, 5);
  await emitAck(runtime);
  const outputs = [{ outputJson: '{}' }, { outputJson: '[]' }];
  runtime.send({ emits: { items: [{ stateId, leaseToken, firstIndex: 5, outputs }] } });
  const ack = await emitAck(runtime);
  assert.equal(ack.status, 'ACK_STATUS_INVALID');
  assert.equal(ack.reason?.code, 'OUTPUT_INVALID');
  assert.match(ack.reason?.message ?? '', /^output 6:/, 'counted over all emits of the state');
  const { status } = await system.client.end(runId);
  assert.equal(status, 'FAILED');
});

test('an emitted output that is too large fails its state alone', async () => {
  const { runtime, runId, source } = await startSource();
  const { stateId = '', leaseToken = '' } = source;
  const outputs = [{ outputJson: JSON.stringify({ text: 'x'.repeat(100_000) }) }];
  runtime.send({ emits: { items: [{ stateId, leaseToken, firstIndex: 3, outputs }] } });
  const ack = await emitAck(runtime);
  assert.equal(ack.status, 'ACK_STATUS_INVALID');
  assert.equal(ack.firstIndex, 3);
  await system.client.end(runId);
  const [state] = await system.client.states(runId);
  assert.equal(state?.failure?.code, 'OUTPUT_TOO_LARGE');
  runtime.send({ ping: { nonce: 5 } });
  assert.equal((await runtime.next('pong')).nonce, 5);
});

/** Memory of a process in RAM, bytes. */
function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}

/** Reads a list to its end, and calls `onPage` after each page. */
async function readAll(merger: Assignment__Output, inputName: string, onPage: () => void): Promise<string[]> {
  const { stateId = '', leaseToken = '' } = merger;
  const items: string[] = [];
  let pageToken = '';
  do {
    const page = await read({ stateId, leaseToken, inputName, pageToken });
    items.push(...(page.itemsJson ?? []));
    pageToken = page.nextPageToken ?? '';
    onPage();
  } while (pageToken !== '');
  return items;
}

/** Emits outputs of 1 KB and reads them all as a united list. Gives the most memory that it took, bytes. */
async function emitAndRead(total: number): Promise<number> {
  const { runtime, runId, source } = await startSource(['numbers', 'texts']);
  const { stateId = '', leaseToken = '' } = source;
  let peak = 0;
  const measure = (): void => {
    peak = Math.max(peak, residentBytes(system.stateManager.pid));
  };
  const width = 500;
  for (let first = 0; first < total; first += width) {
    const outputs = numbers(first, first + width).map((number) => ({
      outputJson: JSON.stringify({ number, text: `${number} `.padEnd(1_000, 'x') }),
    }));
    runtime.send({ emits: { items: [{ stateId, leaseToken, firstIndex: first, outputs }] } });
    await emitAck(runtime);
    measure();
  }
  reportEmitted(runtime, source, total);
  assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');

  const merger = await runtime.assignment();
  assert.deepEqual(merger.unitedInputs, ['numbers', 'texts']);
  assert.deepEqual(JSON.parse(merger.inputsJson ?? ''), {}, 'what is read in pages does not come along');
  const texts = await readAll(merger, 'texts', measure);
  assert.equal(texts.length, total);
  assert.ok(texts.every((text, number) => text.length === 1_002 && text.startsWith(`"${number} `)));
  runtime.reportExecuted(merger, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
  await runtime.goodbye();
  return peak;
}

test('20,000 outputs of 1 KB go up in frames and come together in order through pages, in flat memory', async () => {
  const before = residentBytes(system.stateManager.pid);
  const peak = await emitAndRead(20_000);
  const twice = Math.max(peak, await emitAndRead(40_000));
  const again = await emitAndRead(40_000);
  const [growth, more] = [peak - before, again - twice].map((bytes) => Math.round(bytes / 1e6)) as [
    number,
    number,
  ];
  // The first is what garbage collection leaves for later; what was kept would come on top each time.
  assert.ok(growth < 150, `the state manager grew by ${growth} MB`);
  assert.ok(more < 40, `another 40,000 outputs took ${more} MB more`);
});

test('a united list is read in pages of the size asked for, only by the holder of the lease', async () => {
  const { runtime, source } = await startSource(['numbers']);
  runtime.reportExecuted(
    source,
    numbers(0, 7).map((number) => ({ number, text: 'x' })),
  );
  await runtime.ack();
  const merger = await runtime.assignment();
  assert.deepEqual(merger.unitedInputs, ['numbers']);
  assert.deepEqual(JSON.parse(merger.inputsJson ?? ''), { texts: Array(7).fill('x') });
  const { stateId = '', leaseToken = '' } = merger;
  const request = { stateId, leaseToken, inputName: 'numbers', pageSize: 3 };
  const pages: unknown[] = [];
  let pageToken = '';
  do {
    const page = await read({ ...request, pageToken });
    pages.push(page.itemsJson);
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  assert.deepEqual(pages, [['0', '1', '2'], ['3', '4', '5'], ['6']]);

  const refused: readonly [ReadUnitedRequest, string, string][] = [
    [{ leaseToken: 'nonsense' }, 'FAILED_PRECONDITION', 'STALE_LEASE'],
    [{ stateId: source.stateId!, leaseToken: source.leaseToken! }, 'FAILED_PRECONDITION', 'STALE_LEASE'],
    [{ inputName: 'nothing' }, 'INVALID_ARGUMENT', 'INPUT_NOT_ITERATOR'],
    [{ inputName: '__proto__' }, 'INVALID_ARGUMENT', 'INPUT_NOT_ITERATOR'],
    [{ pageToken: 'nonsense' }, 'INVALID_ARGUMENT', 'PAGE_TOKEN_INVALID'],
    [{ pageSize: 10_001 }, 'INVALID_ARGUMENT', 'FIELD_INVALID'],
    [{ stateId: '' }, 'INVALID_ARGUMENT', 'FIELD_INVALID'],
    [{ namespace: 'other' }, 'FAILED_PRECONDITION', 'STALE_LEASE'],
  ];
  for (const [wrong, code, reason] of refused) {
    const refusal = await refusalOf(read({ ...request, ...wrong }));
    assert.deepEqual([refusal.code, refusal.reason], [code, reason], JSON.stringify(wrong));
  }

  runtime.reportExecuted(merger, [{}]);
  await runtime.ack();
  assert.equal((await refusalOf(read(request))).reason, 'STALE_LEASE');
});

test('a united list that is too large and no iterator fails the uniting state, with what to do', async () => {
  const { runtime, runId, source } = await startSource();
  const { stateId = '', leaseToken = '' } = source;
  const text = 'x'.repeat(90_000);
  for (let first = 0; first < 12; first += 4) {
    const outputs = numbers(first, first + 4).map((number) => ({
      outputJson: JSON.stringify({ number, text }),
    }));
    runtime.send({ emits: { items: [{ stateId, leaseToken, firstIndex: first, outputs }] } });
  }
  reportEmitted(runtime, source, 12);
  await runtime.acks(4);
  const { status } = await system.client.end(runId);
  assert.equal(status, 'FAILED');
  const [state] = await system.client.states(runId, 'merge');
  assert.equal(state?.failure?.code, 'INPUT_TOO_LARGE');
  assert.match(state?.failure?.message ?? '', /declare the input as an iterator/);
  assert.equal(runtime.waiting('assignments'), 0, 'the state was not handed out');
});

test('inputs against the schema of their node fail the state without handing it out', async () => {
  const inputSchemaJson = JSON.stringify({
    type: 'object',
    properties: { value: { type: 'integer' } },
    required: ['value'],
  });
  const runtime = await system.connect(['GiverNode', { name: 'TakerNode', inputSchemaJson }]);
  const runId = await system.client.start('wrong-input', {
    nodes: [
      nodeTemplate('giver', ['taker']),
      nodeTemplate('taker', [], { inputs: { value: expression('giver.outputs.value') } }),
    ],
  });
  runtime.reportExecuted(await runtime.assignment(), [{ value: 'a text' }]);
  const { status } = await system.client.end(runId);
  assert.equal(status, 'FAILED');
  const [state] = await system.client.states(runId, 'taker');
  assert.equal(state?.status, 'STATE_STATUS_ERRORED');
  assert.equal(state?.failure?.code, 'INPUT_INVALID');
  assert.match(state?.failure?.message ?? '', /value/);
  assert.equal(runtime.waiting('assignments'), 0, 'the state was not handed out');
});

test('a fault of storage while emits are staged ends the stream, and its leases last as before', async (t) => {
  const redis = new Redis(system.redis.url);
  t.after(() => redis.disconnect());
  const keys = new Keys('fanout', 1);
  const { runtime, runId, source } = await startSource();
  const { stateId = '', leaseToken = '' } = source;
  const { state } = parseStateId(stateId)!;
  // A key of another type is what makes the script fail.
  await redis.set(keys.staged(runId, state, leaseToken), 'no hash');
  emit(runtime, source, 0, 1);
  assert.equal((await runtime.ended).code, status.INTERNAL);
  await redis.del(keys.staged(runId, state, leaseToken));
  // The runtime leaves the list when the end of its stream is dealt with.
  await eventually(async () => {
    const { runtimes = [] } = await system.client.call<ListRuntimesResponse__Output>((...more) =>
      system.client.nodes.listRuntimes({}, ...more),
    );
    return runtimes.length === 0;
  });
  const [seconds] = await redis.time();
  const deadline = Number(await redis.zscore(keys.sessions(0), sessionOf(leaseToken)));
  assert.ok(deadline - Number(seconds) * 1_000 > 3_000, `${deadline - Number(seconds) * 1_000} ms are left`);
});
