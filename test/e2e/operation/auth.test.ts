import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { ListTokensResponse__Output } from '@fanout/proto';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { RawCalls } from '../../support/raw/raw-calls.ts';
import { RawClient, readRefusal, refusalOf } from '../../support/raw/raw-client.ts';
import { startTestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const adminToken = 'an-admin-token-for-tests';
const graph = { nodes: [nodeTemplate('work')] };

let system: TestSystem;
let admin: RawClient;
const clients: RawClient[] = [];

before(async () => {
  system = await startSystem({ FANOUT_ADMIN_TOKEN: adminToken }, { token: adminToken });
  admin = system.client;
});
afterEach(async () => {
  await system.disconnect();
  for (const client of clients.splice(0)) client.close();
});
after(() => system?.stop());

/** A client with a token, or with none. */
function clientWith(token?: string): RawClient {
  const client = new RawClient(system.stateManager.address, token === undefined ? {} : { token });
  clients.push(client);
  return client;
}

/** The error that ends a stream with this token when it says hello in a namespace. */
async function refusalOfStream(token: string | undefined, namespace = '') {
  const runtime = system.open(token === undefined ? {} : { token });
  runtime.send({ hello: { protocolVersion: 1, runtimeName: 'raw', namespace, capacity: { total: 1 } } });
  return readRefusal(await runtime.ended);
}

test('a call without a token is unauthenticated, and says how to send one', async () => {
  const { code, reason, message } = await refusalOf(clientWith().run('any'));
  assert.deepEqual([code, reason], ['UNAUTHENTICATED', 'TOKEN_INVALID']);
  assert.match(message, /authorization: Bearer/);
  assert.equal((await refusalOf(clientWith().watch('any'))).code, 'UNAUTHENTICATED');
  assert.equal((await refusalOfStream(undefined)).code, 'UNAUTHENTICATED');
});

test('a token that nobody made is unauthenticated', async () => {
  for (const token of ['nonsense', `${adminToken}x`, adminToken.slice(1), 'x'.repeat(10_000)]) {
    assert.equal((await refusalOf(clientWith(token).run('any'))).code, 'UNAUTHENTICATED');
  }
});

test('a token does what its role allows, and nothing else', async () => {
  const { bearer: runtimeToken } = await admin.token('roles', 'ROLE_RUNTIME');
  const { bearer: clientToken } = await admin.token('roles', 'ROLE_CLIENT');
  const runtime = clientWith(runtimeToken);
  const client = clientWith(clientToken);

  await client.upsert('roles', graph);
  const runId = await client.trigger('roles');
  assert.equal((await client.run(runId)).namespace, 'roles');
  const stream = await system.connect(['WorkNode'], {}, { token: runtimeToken! });
  stream.reportExecuted(await stream.assignment(), [{}]);
  assert.equal((await client.end(runId)).status, 'SUCCESS');

  const denied = [
    await refusalOf(runtime.upsert('roles', graph)),
    await refusalOf(runtime.trigger('roles')),
    await refusalOf(runtime.run(runId)),
    await refusalOf(runtime.watch(runId)),
    await refusalOf(runtime.token('roles', 'ROLE_ADMIN')),
    await refusalOf(client.token('roles', 'ROLE_ADMIN')),
    await refusalOf(client.call((...more) => client.runtimes.readUnited({}, ...more))),
    await refusalOfStream(clientToken),
  ];
  for (const [i, { code, reason }] of denied.entries()) {
    assert.deepEqual([code, reason], ['PERMISSION_DENIED', 'PERMISSION_DENIED'], `call ${i}`);
  }
  assert.match(denied[1]?.message ?? '', /role "runtime".*client or admin/);
});

test('a token is for one namespace: naming another one is refused, whatever the call', async () => {
  const { bearer: clientToken } = await admin.token('mine', 'ROLE_CLIENT');
  const { bearer: runtimeToken } = await admin.token('mine', 'ROLE_RUNTIME');
  const { bearer: otherToken } = await admin.token('theirs', 'ROLE_CLIENT');
  const client = clientWith(clientToken);
  await client.upsert('secret', graph, 'mine');
  const runId = await client.trigger('secret');

  const refusals = [
    await refusalOf(client.upsert('secret', graph, 'theirs')),
    await refusalOf(client.trigger('secret', {}, { namespace: 'theirs' })),
    await refusalOf(client.watch(runId, 'theirs')),
    await refusalOfStream(runtimeToken, 'theirs'),
  ];
  for (const { code, message } of refusals) {
    assert.equal(code, 'PERMISSION_DENIED');
    assert.match(message, /not for namespace "theirs"/);
  }
  const other = clientWith(otherToken);
  assert.equal((await refusalOf(other.run(runId))).reason, 'RUN_NOT_FOUND');
  assert.equal((await refusalOf(other.trigger('secret'))).reason, 'GRAPH_NOT_FOUND');
});

test('runtimes of another namespace neither get the work nor can report on it', async () => {
  const { bearer: clientToken } = await admin.token('here', 'ROLE_CLIENT');
  const { bearer: hereToken } = await admin.token('here', 'ROLE_RUNTIME');
  const { bearer: thereToken } = await admin.token('there', 'ROLE_RUNTIME');
  const client = clientWith(clientToken);
  const there = await system.connect(['WorkNode'], {}, { token: thereToken! });
  const here = await system.connect(['WorkNode'], {}, { token: hereToken! });
  const runId = await client.start('here', graph);
  const assignment = await here.assignment();
  assert.equal(there.waiting('assignments'), 0);
  there.reportExecuted(assignment, [{ stolen: true }]);
  assert.equal((await there.ack()).status, 'ACK_STATUS_STALE_LEASE');
  here.reportExecuted(assignment, [{ stolen: false }]);
  assert.deepEqual((await client.end(runId)).outputs, [{ stolen: false }]);
});

test('a session of another namespace is not resumed', async () => {
  const { bearer: mineToken } = await admin.token('session-mine', 'ROLE_RUNTIME');
  const { bearer: theirToken } = await admin.token('session-theirs', 'ROLE_RUNTIME');
  const mine = system.open({ token: mineToken! });
  const { sessionId = '' } = await mine.hello({});
  const theirs = system.open({ token: theirToken! });
  const welcome = await theirs.hello({ sessionId });
  assert.equal(welcome.resumed ?? false, false);
  assert.notEqual(welcome.sessionId, sessionId);
  mine.send({ ping: { nonce: 1 } });
  assert.equal((await mine.next('pong')).nonce, 1);
});

test('an admin acts in every namespace', async () => {
  await admin.upsert('anywhere', graph, 'far-away');
  const runId = await admin.trigger('anywhere', {}, { namespace: 'far-away' });
  assert.ok(runId);
});

test('a revoked token ends within about a second', async () => {
  const { bearer, token } = await admin.token('revoked', 'ROLE_CLIENT');
  const client = clientWith(bearer);
  await client.upsert('revoked', graph);
  const request = { namespace: 'revoked', tokenId: token!.tokenId! };
  await admin.call((...more) => admin.admin.revokeToken(request, ...more));
  const revokedAt = performance.now();
  await eventually(async () => (await refusalOf(client.upsert('revoked', graph))).code === 'UNAUTHENTICATED');
  assert.ok(performance.now() - revokedAt < 2_000);
  const again = await refusalOf(admin.call((...more) => admin.admin.revokeToken(request, ...more)));
  assert.deepEqual([again.code, again.reason], ['NOT_FOUND', 'TOKEN_NOT_FOUND']);
});

test('streams that are open end with the token that opened them, and leave others alone', async () => {
  const made = await Promise.all([
    admin.token('streams', 'ROLE_RUNTIME'),
    admin.token('streams', 'ROLE_CLIENT'),
  ]);
  const [runtimeToken, clientToken] = made.map(({ bearer }) => bearer!) as [string, string];
  const runtime = await system.connect(['StreamNode'], {}, { token: runtimeToken });
  const other = await system.connect(['StreamNode'], { namespace: 'streams' }, { token: adminToken });
  const client = clientWith(clientToken);
  await client.upsert('streams', { nodes: [nodeTemplate('work', [], { node_name: 'NobodyHasIt' })] });
  const runId = await client.trigger('streams');
  const watching = refusalOf(client.watch(runId));
  const calls = new RawCalls(system.stateManager.address, { token: clientToken });
  calls.call({ callId: 1, runId }, { callId: 2, runId, namespace: 'elsewhere' });
  assert.equal((await calls.refusal(2)).reason, 'PERMISSION_DENIED');
  for (const { token } of made) {
    const request = { namespace: 'streams', tokenId: token!.tokenId! };
    await admin.call((...more) => admin.admin.revokeToken(request, ...more));
  }
  const ended = [readRefusal(await runtime.ended), await watching, readRefusal(await calls.ended)];
  calls.close();
  for (const { code, reason } of ended)
    assert.deepEqual([code, reason], ['UNAUTHENTICATED', 'TOKEN_INVALID']);
  other.send({ ping: { nonce: 9 } });
  assert.equal((await other.next('pong')).nonce, 9);
});

test('a token with a time to live ends by itself', async () => {
  const { bearer, token } = await admin.token('brief', 'ROLE_CLIENT', 500);
  assert.ok(token?.expireTime);
  const client = clientWith(bearer);
  await client.upsert('brief', graph);
  await eventually(async () => (await refusalOf(client.upsert('brief', graph))).code === 'UNAUTHENTICATED');
});

test('tokens are listed without their texts, which storage does not have either', async () => {
  const { bearer = '', token } = await admin.token('listed', 'ROLE_RUNTIME');
  assert.ok(bearer.length > 40, 'at least 256 random bits');
  const { tokens = [] } = await admin.call<ListTokensResponse__Output>((...more) =>
    admin.admin.listTokens({ namespace: 'listed' }, ...more),
  );
  assert.deepEqual(
    tokens.map(({ tokenId, role, namespace }) => [tokenId, role, namespace]),
    [[token?.tokenId, 'ROLE_RUNTIME', 'listed']],
  );
  assert.ok(!JSON.stringify(tokens).includes(bearer));
  const redis = new Redis(system.redis.url);
  const stored = JSON.stringify(await redis.hgetall('{fanout.catalog}:tokens'));
  redis.disconnect();
  assert.ok(stored.includes('"listed"') || stored.includes('listed'));
  assert.ok(!stored.includes(bearer.slice(-20)));
  const log = JSON.stringify(system.stateManager.events());
  assert.ok(!log.includes(bearer) && !log.includes(adminToken));
});

test('a malformed request for a token is refused', async () => {
  const refusals = [
    await refusalOf(admin.token('a:b', 'ROLE_CLIENT')),
    await refusalOf(admin.token('a', 'ROLE_UNSPECIFIED')),
    await refusalOf(admin.token('a', 'ROLE_CLIENT', -5)),
  ];
  for (const { code } of refusals) assert.equal(code, 'INVALID_ARGUMENT');
});

test('a state manager with a token serves more than loopback', async () => {
  const env = { FANOUT_LISTEN: '0.0.0.0:0', FANOUT_ADMIN_TOKEN: adminToken };
  const stateManager = await startTestStateManager(system.redis, env);
  const port = /^0\.0\.0\.0:(\d+)$/.exec(stateManager.address)?.[1];
  const client = new RawClient(`127.0.0.1:${port}`, { token: adminToken });
  await client.upsert('open', graph);
  client.close();
  assert.deepEqual(await stateManager.stop(), { code: 0, signal: null });
});
