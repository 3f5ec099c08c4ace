/** Lines that nodes log: kept with their run, read and followed, and never in the way of anything. */
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import type { ReadLogsRequest, ReadLogsResponse__Output } from '@fanout/proto';
import { Client, defineNode, graph, type LogLine, Runtime, type RuntimeOptions } from '@fanout/runtime';
import { z } from 'zod';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { RawClient, readRefusal } from '../../support/raw/raw-client.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const perSecond = 5_000;
const env = { FANOUT_LOG_LINES_PER_SECOND: String(perSecond) };
const Nothing = z.object({});
let system: TestSystem;
let second: TestStateManager;
let elsewhere: RawClient;
let client: Client;
/** A client of the other state manager. */
let beside: Client;

before(async () => {
  system = await startSystem(env);
  second = await startTestStateManager(system.redis, env);
  elsewhere = new RawClient(second.address);
  client = new Client({ address: system.stateManager.address, log: () => undefined });
  beside = new Client({ address: second.address });
});
after(async () => {
  for (const one of [client, beside, elsewhere]) one?.close();
  await second?.stop();
  await system?.stop();
});

async function host(t: TestContext, options: Partial<RuntimeOptions> & Pick<RuntimeOptions, 'nodes'>) {
  const { address } = system.stateManager;
  const runtime = new Runtime({ address, name: 'logger', log: () => undefined, ...options });
  t.after(() => runtime.stop());
  await runtime.start();
}

async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const textsOf = (lines: readonly LogLine[]) => lines.map(({ text }) => text);

/** Splits into two, works on each, and merges. */
function fanOut(prefix: string) {
  const Split = defineNode({
    name: `${prefix}Split`,
    inputs: Nothing,
    outputs: z.object({ n: z.number() }),
    async *run(_, { log }) {
      log.info('splitting', { into: 2, big: 10n });
      yield { n: 1 };
      yield { n: 2 };
    },
  });
  const Work = defineNode({
    name: `${prefix}Work`,
    inputs: z.object({ n: z.number() }),
    outputs: z.object({ n: z.number() }),
    run({ n }, { log, attempt }) {
      if (n === 2 && attempt === 1) {
        log.error('failing', new Error('for now'));
        throw new Error('for now');
      }
      log.warn(`working on ${n}`);
      return { n };
    },
  });
  const Merge = defineNode({
    name: `${prefix}Merge`,
    inputs: Nothing,
    outputs: Nothing,
    run(_, { log }) {
      log.info('merging');
      return {};
    },
  });
  const built = graph(
    prefix,
    { inputs: Nothing, retry: { maxRetries: 1, strategy: 'FIXED', backoffMs: 1 } },
    (g) => {
      const split = g.start(Split, {});
      const work = g.after(split, Work, { n: split.out.n });
      return g.unite(split, work, Merge, {});
    },
  );
  return { nodes: [Split, Work, Merge], graph: built };
}

test('lines say where they come from, and can be chosen', async (t) => {
  const { nodes, graph: built } = fanOut('Chosen');
  await host(t, { nodes });
  await client.upsert(built);
  const { id } = await client.trigger(built, {});
  await client.result(id);
  const lines = await allOf(beside.logs(id));
  assert.deepEqual(textsOf(lines).sort(), [
    'failing',
    'merging',
    'splitting',
    'working on 1',
    'working on 2',
  ]);
  assert.deepEqual(
    lines.map(({ number }) => number),
    [1, 2, 3, 4, 5],
  );
  const [splitting] = lines;
  const { loggedAt, ...told } = splitting!;
  assert.ok(Math.abs(Date.now() - loggedAt) < 60_000);
  assert.deepEqual(told, {
    number: 1,
    level: 'info',
    text: 'splitting',
    fields: { into: 2, big: '10' },
    stateId: `${id}.1`,
    identifier: splitting!.identifier,
    path: '',
    attempt: 1,
    runtimeName: 'logger',
  });
  const failing = lines.find(({ text }) => text === 'failing')!;
  assert.equal((failing.fields.error as { message: string }).message, 'for now');
  const retried = lines.find(({ text }) => text === 'working on 2')!;
  assert.deepEqual([failing.attempt, retried.attempt, failing.path], [1, 2, retried.path]);
  assert.deepEqual(textsOf(await allOf(client.logs(id, { stateId: failing.stateId }))), ['failing']);
  assert.deepEqual(textsOf(await allOf(client.logs(id, { minLevel: 'error' }))), ['failing']);
  assert.equal((await allOf(client.logs(id, { identifier: failing.identifier }))).length, 3);
  const below = await allOf(client.logs(id, { below: `${id}.1.1` }));
  assert.deepEqual(textsOf(below).sort(), ['failing', 'working on 2']);
  assert.equal((await allOf(client.logs(id, { below: `${id}.1` }))).length, 4);
});

test('who follows a run at another state manager is told each line once, and of its end', async (t) => {
  let goOn: () => void = () => {};
  const Talks = defineNode({
    name: 'TalksNode',
    inputs: Nothing,
    outputs: Nothing,
    async run(_, { log }) {
      log.info('one');
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      log.info('two');
      log.info('three');
      return {};
    },
  });
  await host(t, { nodes: [Talks] });
  const runId = await system.client.start('talks', { nodes: [nodeTemplate('talks')] });
  const texts: string[] = [];
  for await (const { text } of beside.logs(runId, { follow: true })) {
    texts.push(text);
    if (text === 'one') goOn();
  }
  assert.deepEqual(texts, ['one', 'two', 'three']);
  assert.deepEqual(textsOf(await allOf(beside.logs(runId, { follow: true, afterNumber: 2 }))), ['three']);
});

test('a node that logs 100,000 lines at once ends as any other, and the run says how many are not kept', async (t) => {
  const Talkative = defineNode({
    name: 'TalkativeNode',
    inputs: Nothing,
    outputs: Nothing,
    run(_, { log }) {
      for (let i = 1; i <= 100_000; i++) log.info(`line ${i}`);
      return {};
    },
  });
  await host(t, { nodes: [Talkative] });
  const runId = await system.client.start('talkative', { nodes: [nodeTemplate('talkative')] });
  await client.result(runId);
  let dropped = 0;
  const lines = await allOf(
    client.logs(runId, {
      onDropped: (count) => {
        dropped = count;
      },
    }),
  );
  assert.ok(lines.length > 0 && lines.length <= 1_000, String(lines.length));
  assert.equal(lines.length + dropped, 100_000);
  assert.equal(lines.at(-1)?.text, 'line 100000');
});

test('lines of a namespace that come faster than it may are left out, the oldest of a frame first', async () => {
  const runtime = await system.connect(['HastyNode'], {}, {});
  const runId = await system.client.start('hasty', { nodes: [nodeTemplate('hasty')] });
  const { stateId = '', leaseToken = '' } = await runtime.assignment();
  const frames = 3 + Math.ceil(perSecond / 1_000);
  for (let frame = 0; frame < frames; frame++) {
    const lines = Array.from({ length: 1_000 }, (_, i) => ({ text: `${frame}.${i}` }));
    runtime.send({ logLines: { items: [{ stateId, leaseToken, lines }] } });
  }
  const { dropped = 0, lines = [] } = await eventually(async () => {
    const page = await read({ runId, pageSize: 1_000 });
    return (page.dropped ?? 0) + (page.lines ?? []).length >= perSecond ? page : undefined;
  });
  assert.ok(dropped + lines.length <= frames * 1_000);
  runtime.reportExecuted({ stateId, leaseToken }, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('lines under a lease that the session does not hold are no one’s', async () => {
  const [holder, forger] = [await system.connect(['HeldNode']), await system.connect(['OtherNode'])];
  const runId = await system.client.start('held', { nodes: [nodeTemplate('held')] });
  const { stateId = '', leaseToken = '' } = await holder.assignment();
  const log = (text: string, more = {}) => ({
    logLines: { items: [{ stateId, leaseToken, lines: [{ text }], ...more }] },
  });
  forger.send(log('forged'));
  await allIsRead(forger);
  holder.send(log('of another lease', { leaseToken: 'another' }));
  holder.send(log('mine', { dropped: 3 }));
  holder.reportExecuted({ stateId, leaseToken }, [{}]);
  await system.client.end(runId);
  holder.send(log('too late'));
  await allIsRead(holder);
  const { lines = [], dropped } = await read({ runId });
  assert.deepEqual(
    lines.map(({ text }) => text),
    ['mine'],
  );
  assert.equal(dropped, 3);
});

test('a runtime that says it has left out more than can be counted takes no lines from others', async () => {
  const [liar, other] = [await system.connect(['LiarNode']), await system.connect(['HonestNode'])];
  const lies = await system.client.start('lies', { nodes: [nodeTemplate('liar')] });
  const truths = await system.client.start('truths', { nodes: [nodeTemplate('honest')] });
  const lease = await liar.assignment();
  const held = { stateId: lease.stateId ?? '', leaseToken: lease.leaseToken ?? '' };
  const dropped = Number.MAX_SAFE_INTEGER;
  for (let round = 0; round < 3; round++) {
    const item = { ...held, dropped, lines: [{ text: 'lie' }] };
    liar.send({ logLines: { items: Array.from({ length: 1_100 }, () => item) } });
  }
  const { stateId = '', leaseToken = '' } = await other.assignment();
  const year = { seconds: 400_000_000_000, nanos: 0 };
  other.send({ logLines: { items: [{ stateId, leaseToken, lines: [{ text: 'true', time: year }] }] } });
  other.reportExecuted({ stateId, leaseToken }, [{}]);
  liar.reportExecuted(lease, [{}]);
  for (const runId of [lies, truths]) await system.client.end(runId);
  const { lines = [] } = await read({ runId: truths });
  assert.deepEqual(
    lines.map(({ text }) => text),
    ['true'],
  );
  assert.ok(
    Number(lines[0]?.time?.seconds) < 4_000_000_000,
    'an instant that no clock has is that of its arrival',
  );
  assert.ok(((await read({ runId: lies })).dropped ?? 0) > 1_000);
});

test('a page of one line that a filter leaves most out of reads many at a time', async () => {
  const runtime = await system.connect(['OneNode']);
  const runId = await system.client.start('one', { nodes: [nodeTemplate('one')] });
  const { stateId = '', leaseToken = '' } = await runtime.assignment();
  const lines = Array.from({ length: 500 }, (_, i) => ({
    text: `${i}`,
    level: i % 250 === 249 ? ('LOG_LEVEL_ERROR' as const) : ('LOG_LEVEL_INFO' as const),
  }));
  runtime.send({ logLines: { items: [{ stateId, leaseToken, lines }] } });
  runtime.reportExecuted({ stateId, leaseToken }, [{}]);
  await system.client.end(runId);
  const filter = { minLevel: 'LOG_LEVEL_ERROR' as const };
  const first = await read({ runId, filter, pageSize: 1 });
  const then = await read({ runId, filter, pageSize: 1, pageToken: first.nextPageToken ?? '' });
  assert.deepEqual(
    [first, then].map((page) => page.lines?.map(({ text }) => text)),
    [['249'], ['499']],
  );
});

test('a line is cut at its bound, and fields that are no object are left out', async () => {
  const runtime = await system.connect(['CutNode']);
  const runId = await system.client.start('cut', { nodes: [nodeTemplate('cut')] });
  const { stateId = '', leaseToken = '' } = await runtime.assignment();
  const lines = [
    { text: `${'x'.repeat(8_191)}é` },
    { text: 'fields', fieldsJson: `{"a":"${'x'.repeat(9_000)}"}` },
    { text: 'broken', fieldsJson: '{"a":' },
    { text: 'whole', fieldsJson: '{"a":1}', level: 'LOG_LEVEL_ERROR' as const },
  ];
  runtime.send({ logLines: { items: [{ stateId, leaseToken, lines }] } });
  const kept = await eventually(async () => {
    const page = await read({ runId });
    return page.lines?.length === lines.length ? page.lines : undefined;
  });
  assert.deepEqual(
    kept.map(({ text, fieldsJson = '', level }) => [text?.length, fieldsJson, level]),
    [
      [8_191, '', 'LOG_LEVEL_INFO'],
      [6, '', 'LOG_LEVEL_INFO'],
      [6, '', 'LOG_LEVEL_INFO'],
      [5, '{"a":1}', 'LOG_LEVEL_ERROR'],
    ],
  );
  runtime.reportExecuted({ stateId, leaseToken }, [{}]);
});

test('a runtime sends only lines of its level and above', async (t) => {
  const Levels = defineNode({
    name: 'LevelsNode',
    inputs: Nothing,
    outputs: Nothing,
    run(_, { log }) {
      log.info('info');
      log.warn('warn');
      log.error('error');
      return {};
    },
  });
  await host(t, { nodes: [Levels], runLogs: 'warn' });
  const runId = await system.client.start('levels', { nodes: [nodeTemplate('levels')] });
  await client.result(runId);
  assert.deepEqual(textsOf(await allOf(client.logs(runId))), ['warn', 'error']);
});

test('a state manager that takes no lines says so, and none come', async (t) => {
  const quiet = await startTestStateManager(system.redis, { FANOUT_RUN_LOG_LINES: '0' });
  t.after(() => quiet.stop());
  const { nodes, graph: built } = fanOut('Quiet');
  await host(t, { nodes, address: quiet.address });
  await client.upsert(built);
  const { id } = await client.trigger(built, {});
  await client.result(id);
  assert.deepEqual(await allOf(client.logs(id)), []);
});

test('what is asked for in vain is refused with what to do', async () => {
  const runId = await system.client.start('asked', { nodes: [nodeTemplate('asked')] });
  const refusal = async (request: ReadLogsRequest) =>
    readRefusal(await read(request).catch((error) => error));
  assert.equal((await refusal({ runId: 'none' })).reason, 'RUN_NOT_FOUND');
  assert.match((await refusal({ runId, filter: { below: true } })).message, /needs state_id/);
  assert.match((await refusal({ runId, filter: { stateId: 'other.1' } })).message, /no state of run/);
  assert.equal((await refusal({ runId, pageToken: 'x' })).reason, 'PAGE_TOKEN_INVALID');
  await assert.rejects(allOf(client.logs(runId, { below: '' })), /below is empty/);
  await assert.rejects(allOf(client.logs(runId, { afterNumber: 1 })), /goes with follow/);
  assert.throws(
    () => new Runtime({ nodes: fanOut('Wrong').nodes, runLogs: 'debug' as 'info' }),
    /runLogs: "debug" is none of info, warn, error, off/,
  );
});

/** Resolves when a state manager has read all that the runtime has sent. */
async function allIsRead(runtime: RawRuntime): Promise<void> {
  runtime.send({ ping: { nonce: 1 } });
  await runtime.next('pong');
}

function read(request: ReadLogsRequest): Promise<ReadLogsResponse__Output> {
  return elsewhere.call((...more) => elsewhere.runs.readLogs(request, ...more));
}

test('the log of a state manager tells which runs start and end, and how', async () => {
  const [node] = ['Logged.work'];
  const runtime = await system.connect([node!]);
  const runId = await system.client.start('logged', {
    nodes: [nodeTemplate('work', [], { node_name: node! })],
  });
  runtime.reportErrored(await runtime.assignment(), 'NODE_ERROR', true);
  assert.equal((await system.client.end(runId)).status, 'FAILED');
  const told = (event: string) =>
    eventually(async () =>
      [system.stateManager, second]
        .flatMap((each) => each.events(event))
        .find((each) => each.runId === runId),
    );
  assert.equal((await told('run_started')).graphName, 'logged');
  assert.equal((await told('run_ended')).status, 'FAILED');
});
