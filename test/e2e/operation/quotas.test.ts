/** Quotas of namespaces: each refuses beyond its limit, with a sentence, and lets through when there is room again. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { GetUsageResponse__Output, Quota, SetQuotasResponse__Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { RawClient, readRefusal, refusalOf } from '../../support/raw/raw-client.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let other: TestStateManager;
let otherClient: RawClient;

before(async () => {
  system = await startSystem({ FANOUT_QUOTA_STREAMS: '77' });
  other = await startTestStateManager(system.redis);
  otherClient = new RawClient(other.address);
});
afterEach(() => system.disconnect());
after(async () => {
  otherClient?.close();
  await other?.stop();
  await system?.stop();
});

const single = { nodes: [nodeTemplate('waits')] };

/** @param limit undefined: that of the deployment again */
function setQuota(namespace: string, quota: Quota, limit?: number): Promise<SetQuotasResponse__Output> {
  const limits = [{ quota, ...(limit !== undefined && { limit }) }];
  return system.client.call((...more) => system.client.admin.setQuotas({ namespace, limits }, ...more));
}

async function usage(namespace: string, quota: Quota) {
  const { quotas } = await system.client.call<GetUsageResponse__Output>((...more) =>
    system.client.admin.getUsage({ namespace }, ...more),
  );
  const found = quotas?.find((one) => one.quota === quota);
  return { limit: Number(found?.limit), used: Number(found?.used), isSet: found?.isSet };
}

const trigger = (namespace: string, client = system.client, inputs: unknown = {}) =>
  client.tryTrigger({ namespace, graphName: 'single', inputsJson: JSON.stringify(inputs) });

const cancel = (namespace: string, runId = '') =>
  system.client.call((...more) => system.client.runs.cancelRun({ namespace, runId }, ...more));

test('a run more than may be unended is refused by every state manager, until one has ended', async () => {
  const namespace = 'runs';
  await system.client.upsert('single', single, namespace);
  await trigger(namespace);
  const { quotas } = await setQuota(namespace, 'QUOTA_RUNS', 2);
  assert.equal(quotas?.length, 11);
  const { runId } = await trigger(namespace, otherClient);
  assert.deepEqual(await usage(namespace, 'QUOTA_RUNS'), { limit: 2, used: 2, isSet: true });
  for (const client of [system.client, otherClient]) {
    const refusal = await eventually(async () => {
      try {
        await cancel(namespace, (await trigger(namespace, client)).runId);
        return undefined;
      } catch (error) {
        return readRefusal(error as never);
      }
    });
    assert.equal(refusal.code, 'RESOURCE_EXHAUSTED');
    assert.equal(refusal.reason, 'QUOTA_EXCEEDED');
    assert.match(
      refusal.message,
      /^namespace "runs" has 2 of 2 runs that have not ended: let some end, and try again, or ask an admin for more$/,
    );
    assert.equal(refusal.retryDelayMs, 1_000);
  }
  // A key that has a run keeps it.
  await cancel(namespace, runId);
  await eventually(() => trigger(namespace).then(() => true));
  await setQuota(namespace, 'QUOTA_RUNS');
  await eventually(() => trigger(namespace).then(() => true));
  assert.equal((await usage(namespace, 'QUOTA_RUNS')).isSet, false);
});

test('a key that has a run is answered with it while no other run may begin', async () => {
  const namespace = 'keys';
  await system.client.upsert('single', single, namespace);
  const withKey = (inputs: unknown) =>
    system.client.tryTrigger({
      ...{ namespace, graphName: 'single', idempotencyKey: 'the key' },
      inputsJson: JSON.stringify(inputs),
    });
  const { runId, created } = await withKey({ a: 1 });
  assert.equal(created, true);
  await setQuota(namespace, 'QUOTA_RUNS', 1);
  assert.equal((await refusalOf(trigger(namespace))).reason, 'QUOTA_EXCEEDED');
  assert.deepEqual(await withKey({ a: 1 }), { runId, created: false });
  assert.equal((await refusalOf(withKey({ a: 2 }))).reason, 'IDEMPOTENCY_CONFLICT');
});

test('no run begins while those that run have too many states, and they go on', async () => {
  const namespace = 'states';
  const wide = { nodes: [nodeTemplate('split', ['work']), nodeTemplate('work')] };
  await system.client.upsert('single', wide, namespace);
  await setQuota(namespace, 'QUOTA_STATES', 10);
  const { runId = '' } = await trigger(namespace);
  const runtime = await system.connect(['SplitNode', 'WorkNode'], { namespace });
  runtime.reportExecuted(
    await runtime.assignment(),
    Array.from({ length: 20 }, () => ({})),
  );
  const working = await runtime.assignments(20);
  assert.deepEqual(await usage(namespace, 'QUOTA_STATES'), { limit: 10, used: 40, isSet: true });
  const refusal = await eventually(() => refusalOf(trigger(namespace)).catch(() => undefined));
  assert.equal(refusal.reason, 'QUOTA_EXCEEDED');
  assert.match(
    refusal.message,
    /has \d+ of 10 states of runs that have not ended: let some end, and try again/,
  );
  assert.equal(refusal.retryDelayMs, 1_000);
  for (const assignment of working) runtime.reportExecuted(assignment, [{}]);
  const last = (await system.client.watch(runId, namespace)).findLast(({ run }) => run);
  assert.equal(last?.run?.status, 'RUN_STATUS_SUCCESS');
  await eventually(() => trigger(namespace).then(() => true));
  assert.ok((await usage(namespace, 'QUOTA_STATES')).used <= 10);
});

test('versions more than a namespace may have are refused, and the newest one again is none', async () => {
  const namespace = 'versions';
  await setQuota(namespace, 'QUOTA_VERSIONS', 2);
  const version = (name: string) => ({ nodes: [nodeTemplate(name)] });
  await system.client.upsert('graph', version('first'), namespace);
  await system.client.upsert('graph', version('second'), namespace);
  await system.client.upsert('graph', version('second'), namespace);
  for (const graph of ['graph', 'other']) {
    const refusal = await refusalOf(system.client.upsert(graph, version('third'), namespace));
    assert.equal(refusal.reason, 'QUOTA_EXCEEDED');
    assert.match(refusal.message, /has 2 of 2 versions of graphs that are kept/);
  }
  assert.deepEqual(await usage(namespace, 'QUOTA_VERSIONS'), { limit: 2, used: 2, isSet: true });
});

test('a run whose inputs are beyond the bytes of its namespace is refused, and another namespace has its own', async () => {
  for (const namespace of ['bytes', 'others']) await system.client.upsert('single', single, namespace);
  await setQuota('bytes', 'QUOTA_BYTES', 1_000);
  const inputs = { text: 'x'.repeat(600) };
  await trigger('bytes', system.client, inputs);
  const refusal = await refusalOf(trigger('bytes', system.client, inputs));
  assert.equal(refusal.reason, 'QUOTA_EXCEEDED');
  assert.match(refusal.message, /has \d+ of 1000 bytes of JSON/);
  for (let i = 0; i < 3; i++) await trigger('others', system.client, inputs);
});

test('streams of runtimes are counted at each state manager, and one that has ended makes room', async () => {
  assert.equal((await usage('streams', 'QUOTA_STREAMS')).limit, 77);
  await setQuota('streams', 'QUOTA_STREAMS', 1);
  const connect = () => system.connect(['Streams'], { namespace: 'streams' });
  const first = await connect();
  assert.equal((await usage('streams', 'QUOTA_STREAMS')).used, 1);
  const second = system.open();
  await second.hello({ namespace: 'streams' }).catch(() => {});
  assert.equal(readRefusal(await second.ended).reason, 'QUOTA_EXCEEDED');
  await system.connect(['Streams'], { namespace: 'streams' }, { address: other.address });
  await first.cut();
  await eventually(() => connect().then(() => true));
});

test('a watch more than may be open is refused', async () => {
  const namespace = 'watches';
  await system.client.upsert('single', single, namespace);
  const { runId = '' } = await trigger(namespace);
  await setQuota(namespace, 'QUOTA_WATCHES', 1);
  const first = system.client.runs.watchRun({ namespace, runId });
  first.on('error', () => {});
  await new Promise((resolve) => first.once('data', resolve));
  assert.equal((await refusalOf(system.client.watch(runId, namespace))).reason, 'QUOTA_EXCEEDED');
  first.cancel();
  await eventually(async () => (await usage(namespace, 'QUOTA_WATCHES')).used === 0);
  const again = system.client.runs.watchRun({ namespace, runId });
  again.on('error', () => {});
  await new Promise((resolve) => again.once('data', resolve));
  again.cancel();
});

test('requests beyond those of a second are refused, and an admin is not', async () => {
  const namespace = 'requests';
  await setQuota(namespace, 'QUOTA_REQUESTS_PER_SECOND', 5);
  const list = () => system.client.call((...more) => system.client.runs.listRuns({ namespace }, ...more));
  const answers = await Promise.allSettled(Array.from({ length: 50 }, list));
  const refused = answers.filter(({ status }) => status === 'rejected');
  assert.ok(refused.length > 0 && refused.length <= 45, `${refused.length}`);
  const refusal = readRefusal((refused[0] as PromiseRejectedResult).reason);
  assert.equal(refusal.reason, 'QUOTA_EXCEEDED');
  assert.ok(refusal.retryDelayMs! > 0);
  assert.ok((await usage(namespace, 'QUOTA_REQUESTS_PER_SECOND')).used > 0);
  await eventually(() => list().then(() => true));
});

test('nodes and graphs more than a namespace may have are refused, and those that are there can be changed', async () => {
  const namespace = 'catalog';
  await setQuota(namespace, 'QUOTA_GRAPHS', 1);
  await setQuota(namespace, 'QUOTA_NODES', 1);
  await system.client.upsert('single', single, namespace);
  const refusal = await refusalOf(system.client.upsert('double', single, namespace));
  assert.equal(refusal.reason, 'QUOTA_EXCEEDED');
  assert.equal(
    refusal.message,
    'namespace "catalog" has 1 of 1 stored graphs: remove some, or ask an admin for more',
  );
  assert.equal(refusal.retryDelayMs, undefined);
  await system.client.upsert('single', { nodes: [nodeTemplate('other')] }, namespace);

  await system.connect(['One'], { namespace });
  await system.connect(['One'], { namespace });
  const second = system.open();
  await second.hello({ namespace, nodes: [{ name: 'Two' }] }).catch(() => {});
  assert.equal(readRefusal(await second.ended).reason, 'QUOTA_EXCEEDED');
  assert.deepEqual(await usage(namespace, 'QUOTA_NODES'), { limit: 1, used: 1, isSet: true });
});

test('a quota that is none, and a limit below 1, are refused', async () => {
  const refusal = await refusalOf(setQuota('wrong', 'QUOTA_UNSPECIFIED', 1));
  assert.equal(refusal.violations[0]?.field, 'limits[0].quota');
  assert.equal((await refusalOf(setQuota('wrong', 'QUOTA_RUNS', 0))).violations[0]?.field, 'limits[0].limit');
});
