import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { type ConnectRequest, fanoutV1, type Hello, type ListRuntimesResponse__Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { type Refusal, readRefusal } from '../../support/raw/raw-client.ts';
import { sendBytes } from '../../support/raw/raw-stream.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem({ FANOUT_LEASE_MS: '2000' });
});
afterEach(() => system.disconnect());
after(() => system?.stop());

/** The error that ends a stream on which these frames are sent. */
async function refusalOfFrames(...frames: readonly ConnectRequest[]): Promise<Refusal> {
  const runtime = system.open();
  for (const frame of frames) runtime.send(frame);
  return readRefusal(await runtime.ended);
}

const hello: Hello = { protocolVersion: 1, runtimeName: 'raw', capacity: { total: 1 } };

test('a hello is welcomed with a session, the intervals and the limits', async () => {
  const welcome = await system.open().hello({ nodes: [{ name: 'ANode' }] });
  assert.match(welcome.sessionId ?? '', /^[A-Za-z0-9_.-]{1,128}$/);
  assert.equal(welcome.resumed ?? false, false);
  assert.deepEqual(welcome.leaseInterval, { seconds: 2, nanos: 0 });
  assert.deepEqual(welcome.heartbeatInterval, { seconds: 0, nanos: 500_000_000 });
  assert.equal(welcome.maxFrameBytes, 4_000_000);
  assert.equal(welcome.maxOutputBytes, 1_000_000);
  assert.deepEqual(welcome.lostLeases ?? [], []);
});

test('two hellos without a session open two sessions', async () => {
  const [first, second] = await Promise.all([system.open().hello({}), system.open().hello({})]);
  assert.notEqual(first.sessionId, second.sessionId);
});

test('another protocol version is refused with both versions', async () => {
  const refusal = await refusalOfFrames({ hello: { ...hello, protocolVersion: 2 } });
  assert.equal(refusal.code, 'FAILED_PRECONDITION');
  assert.equal(refusal.reason, 'PROTOCOL_VERSION');
  assert.match(refusal.message, /version 2.* speaks 1/);
});

test('a second hello ends the stream', async () => {
  const refusal = await refusalOfFrames({ hello }, { hello });
  assert.equal(refusal.code, 'INVALID_ARGUMENT');
  assert.equal(refusal.reason, 'FRAME_INVALID');
  assert.match(refusal.message, /hello comes first, and once/);
});

test('a stream that begins with anything but a hello ends', async () => {
  for (const frame of [{ heartbeat: {} }, { reports: { items: [] } }, {}] satisfies ConnectRequest[]) {
    const refusal = await refusalOfFrames(frame);
    assert.equal(refusal.reason, 'HELLO_EXPECTED');
    assert.match(refusal.message, /first frame must be a hello/);
  }
});

test('an empty frame after the hello ends the stream', async () => {
  const refusal = await refusalOfFrames({ hello }, {});
  assert.equal(refusal.code, 'INVALID_ARGUMENT');
  assert.equal(refusal.reason, 'FRAME_INVALID');
  assert.match(refusal.message, /empty, or of a kind/);
});

test('a frame that the protocol does not have ends the stream', async () => {
  const opening = fanoutV1.ConnectRequest.serialize({ hello });
  const unknownField = Buffer.from([((99 << 3) & 0x7f) | 0x80, (99 << 3) >> 7, 0]);
  const refusal = readRefusal(await sendBytes(system.stateManager.address, [opening, unknownField]));
  assert.equal(refusal.reason, 'FRAME_INVALID');
});

test('a frame that is no protobuf ends its stream, and no other one', async () => {
  const other = await system.connect(['ANode']);
  const opening = fanoutV1.ConnectRequest.serialize({ hello });
  const status = await sendBytes(system.stateManager.address, [opening, Buffer.alloc(500, 0xff)]);
  assert.notEqual(status.code, 0);
  other.send({ ping: { nonce: 7 } });
  assert.equal((await other.next('pong')).nonce, 7);
});

test('a hello that breaks a rule is refused with the field', async () => {
  const cases: readonly [Hello, string][] = [
    [{ runtimeName: 'a b' }, 'runtime_name'],
    [{ runtimeName: '' }, 'runtime_name'],
    [{ language: '{}' }, 'language'],
    [{ sessionId: 'a:b' }, 'session_id'],
    [{ capacity: { total: -1 } }, 'capacity.total'],
    [{ capacity: { total: 1, perNode: { 'a b': 1 } } }, 'capacity.per_node'],
    [{ nodes: [{ name: 'a:b' }] }, 'nodes[0].name'],
    [{ nodes: [{ name: 'ANode' }, { name: 'ANode' }] }, 'nodes[1].name'],
    [{ nodes: [{ name: 'ANode', inputSchemaJson: '[]' }] }, 'nodes[0].input_schema_json'],
    [{ nodes: [{ name: 'ANode', outputSchemaJson: '{' }] }, 'nodes[0].output_schema_json'],
    [{ heldLeases: [{ stateId: '', leaseToken: 'x' }] }, 'held_leases[0].state_id'],
  ];
  for (const [wrong, field] of cases) {
    const refusal = await refusalOfFrames({ hello: { ...hello, ...wrong } });
    assert.equal(refusal.code, 'INVALID_ARGUMENT', field);
    assert.equal(refusal.reason, 'HELLO_INVALID', field);
    assert.equal(refusal.violations[0]?.field, field);
    assert.ok(refusal.message.includes(field), refusal.message);
  }
});

test('a hello with a schema that nothing can be checked against names the field and the node', async () => {
  const nodes = [{ name: 'ANode', inputSchemaJson: '{"type":"nonsense"}' }];
  const refusal = await refusalOfFrames({ hello: { ...hello, nodes } });
  assert.equal(refusal.reason, 'HELLO_INVALID');
  assert.equal(refusal.violations[0]?.field, 'nodes[0].input_schema_json');
  assert.match(refusal.violations[0]?.description ?? '', /input_schema_json of ANode is not a JSON Schema/);
});

test('a malformed namespace in a hello is refused', async () => {
  const refusal = await refusalOfFrames({ hello: { ...hello, namespace: 'a{b}' } });
  assert.equal(refusal.code, 'INVALID_ARGUMENT');
  assert.equal(refusal.reason, 'NAMESPACE_INVALID');
});

test('a ping is answered with its nonce, and the state manager pings as well', async () => {
  const runtime = system.open({ answersPings: false });
  await runtime.hello({});
  runtime.send({ ping: { nonce: 42 } });
  assert.equal((await runtime.next('pong')).nonce, 42);
  const { nonce } = await runtime.next('ping');
  runtime.send({ pong: { nonce: nonce ?? 0 } });
});

test('a connected runtime is listed with what it hosts until it says goodbye', async () => {
  const capacity = { total: 7, perNode: { ListedNode: 3 } };
  const runtime = await system.connect(['ListedNode'], { runtimeName: 'listed', language: 'test', capacity });
  const find = async () => {
    const { runtimes = [] } = await system.client.call<ListRuntimesResponse__Output>((...more) =>
      system.client.nodes.listRuntimes({}, ...more),
    );
    return runtimes.find(({ runtimeName }) => runtimeName === 'listed');
  };
  const listed = await eventually(find);
  assert.deepEqual(listed.nodeNames, ['ListedNode']);
  assert.deepEqual(listed.capacity, capacity);
  assert.equal(listed.language, 'test');
  const status = await runtime.goodbye();
  assert.equal(status.code, 0);
  await eventually(async () => (await find()) === undefined);
  assert.equal(system.stateManager.events('session_left').at(-1)?.reason, 'test');
});
