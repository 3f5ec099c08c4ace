/** Streams and calls with whatever the types allow, beside a runtime that behaves and goes on undisturbed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type CallRunsRequest,
  type ConnectRequest,
  type ConnectRequest__Output,
  fanoutV1,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import * as fc from 'fast-check';
import { FanoutError } from '../../../services/state-manager/errors.ts';
import { decodeHello } from '../../../services/state-manager/transport/codec/hello.ts';
import { decodeUpFrame } from '../../../services/state-manager/transport/codec/up-frames.ts';
import { chain, nodeTemplate } from '../../support/graphs.ts';
import { filledIn, type MessageType, messagesOf } from '../../support/raw/random-messages.ts';
import { type Refusal, readRefusal } from '../../support/raw/raw-client.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { sendBytes } from '../../support/raw/raw-stream.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const maxOutputBytes = 20_000;
/** `FUZZ_SEED=… npm test -- protocol-fuzz` does the same again, `FUZZ_RUNS=…` does more. */
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env.FUZZ_RUNS ?? 40);
const parameters = { seed, endOnFailure: true };

let system: TestSystem;
let steady: { stop(): Promise<number> };

before(async () => {
  system = await startSystem({
    FANOUT_MAX_OUTPUT_BYTES: String(maxOutputBytes),
    FANOUT_MAX_FRAME_BYTES: '65536',
  });
  const retry_policy = { max_retries: 0 };
  for (const [name, node_name] of [
    ['staged', 'FuzzNode'],
    ['open', 'OpenNode'],
  ] as const)
    await system.client.upsert(name, {
      nodes: [nodeTemplate('work', ['next'], { node_name }), nodeTemplate('next')],
      retry_policy,
    });
  steady = await startSteady();
});
after(() => system?.stop());

/** A runtime that works on one run after another; `stop` gives their number. @throws Error anything disturbs it */
async function startSteady(): Promise<{ stop(): Promise<number> }> {
  const runtime = await system.connect(['FirstNode', 'SecondNode'], { runtimeName: 'steady' });
  await system.client.upsert('steady', chain('first', 'second'));
  let isStopping = false;
  const working = (async () => {
    let runs = 0;
    while (!isStopping) {
      const runId = await system.client.trigger('steady');
      for (let i = 0; i < 2; i++) {
        const assignment = await runtime.assignment();
        assert.equal(assignment.attempt, 1);
        runtime.reportExecuted(assignment, [{}]);
        assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
      }
      assert.equal((await system.client.end(runId)).status, 'SUCCESS');
      runs++;
    }
    return runs;
  })();
  // What goes wrong is told when it is stopped.
  working.catch(() => {});
  return {
    stop: () => {
      isStopping = true;
      return working;
    },
  };
}

function received(message: ConnectRequest): ConnectRequest__Output {
  return fanoutV1.ConnectRequest.deserialize(fanoutV1.ConnectRequest.serialize(message));
}

/** The error that a frame is refused with; undefined: it is taken. */
function refusalOf(read: () => unknown): FanoutError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof FanoutError, String(error));
    return error;
  }
}

function assertClear({ code, reason, message, violations }: Refusal): void {
  assert.equal(code, 'INVALID_ARGUMENT', message);
  assert.match(reason, /^[A-Z_]+$/);
  assert.ok(message.length > 10);
  assert.ok(violations[0]?.field, `${message} names no field`);
}

let sentinel = 1_000_000;

/** True if the stream still answers. */
async function isAlive(runtime: RawRuntime): Promise<boolean> {
  const nonce = ++sentinel;
  runtime.send({ ping: { nonce } });
  try {
    while ((await runtime.next('pong')).nonce !== nonce);
    return true;
  } catch (error) {
    assert.match((error as Error).message, /the stream ended/);
    return false;
  }
}

const lease = {
  stateId: fc.constant('$STATE'),
  leaseToken: fc.constantFrom('$TOKEN', '$TOKEN', '$TOKEN', 'another'),
};
const goodOutputs = fc.array(fc.constant({ outputJson: '{"a":1}' }), { maxLength: 3 });
/** Emits and reports on the lease that is held, out of order and more often than they should come. */
const likelyFrame = fc.oneof(
  fc.record({
    emits: fc.record({
      items: fc.array(fc.record({ ...lease, firstIndex: fc.nat({ max: 6 }), outputs: goodOutputs }), {
        maxLength: 4,
      }),
    }),
  }),
  fc.record({
    reports: fc.record({
      items: fc.array(
        fc.oneof(
          fc.record({ ...lease, executed: fc.record({ emitCount: fc.nat({ max: 8 }) }) }),
          fc.record({ ...lease, executed: fc.record({ outputs: goodOutputs }) }),
          fc.record({ ...lease, errored: fc.constant({ code: 'CODE' }) }),
          fc.record({ ...lease, requeued: fc.constant({}) }),
        ),
        { maxLength: 2 },
      ),
    }),
  }),
  fc.constantFrom({ heartbeat: {} }, { capacity: { total: 0 } }, { capacity: { total: 3 } }),
);
const anyFrame = messagesOf(
  fanoutV1.ConnectRequest as unknown as MessageType,
) as fc.Arbitrary<ConnectRequest>;
const frames: fc.Arbitrary<ConnectRequest[]> = fc.oneof(
  fc.array(anyFrame, { maxLength: 8 }),
  fc.array(likelyFrame, { maxLength: 12 }),
  fc.array(fc.oneof({ weight: 9, arbitrary: likelyFrame }, anyFrame), { maxLength: 12 }),
);

/** Sends frames behind a good hello, under a lease; then everything is answered, or the first bad frame is named. */
async function sendFrames(graphName: string, sent: readonly ConnectRequest[]): Promise<void> {
  const runtime = system.open();
  const nodes = [{ name: 'FuzzNode' }, { name: 'OpenNode', openFanOut: true }];
  const { sessionId = '' } = await runtime.hello({ nodes, capacity: { total: 3 } });
  const runId = await system.client.trigger(graphName);
  const { stateId = '', leaseToken = '' } = (await runtime.assignments(1))[0]!;
  const known = { $RUN: runId, $STATE: stateId, $TOKEN: leaseToken, $SESSION: sessionId };

  let expected = 0;
  let ending: FanoutError | 'GOODBYE' | undefined;
  for (const frame of sent.map((each) => filledIn(each, known))) {
    runtime.send(frame);
    const message = received(frame);
    if (ending !== undefined) continue;
    ending = refusalOf(() => {
      const read = decodeUpFrame(message, maxOutputBytes);
      if (read.kind === 'reports' || read.kind === 'emits') expected += read.items.length;
    });
    if (message.frame === 'goodbye') ending ??= 'GOODBYE';
  }
  const alive = await isAlive(runtime);
  assert.equal(
    alive,
    ending === undefined,
    `the stream ${alive ? 'lives' : 'ended'}: ${JSON.stringify(sent)}`,
  );
  if (ending === undefined) {
    const acks = expected > 0 ? await runtime.acks(expected) : [];
    assert.ok(await isAlive(runtime));
    assert.equal(acks.length + runtime.waiting('acks'), expected, 'each is answered once');
    for (const { status, reason } of acks) {
      assert.match(status ?? '', /ACCEPTED|ALREADY_SETTLED|STALE_LEASE|INVALID|MISSING_EMITS/);
      assert.equal(reason !== undefined && reason !== null, status === 'ACK_STATUS_INVALID');
    }
    await runtime.cut();
    return;
  }
  const status = await runtime.ended;
  if (ending === 'GOODBYE') return assert.equal(status.code, grpc.status.OK, status.details);
  const refusal = readRefusal(status);
  assertClear(refusal);
  assert.deepEqual(
    [refusal.reason, refusal.violations[0]?.field],
    [ending.reason, ending.violations[0]?.path],
  );
}

test('each frame on a stream gets a clear answer, or ends it with the field that is wrong', async () => {
  const property = fc.asyncProperty(fc.constantFrom('staged', 'open'), frames, sendFrames);
  await fc.assert(property, { ...parameters, numRuns });
});

test('a stream that does not begin well ends with what was expected', async () => {
  const property = fc.asyncProperty(frames, async ([first = {}, ...more]) => {
    const runtime = system.open();
    for (const frame of [first, ...more]) runtime.send(frame);
    const { frame, hello } = received(first);
    const refused = hello && refusalOf(() => decodeHello(hello, 'default'));
    const alive = await isAlive(runtime);
    if (alive) {
      assert.ok(frame === 'hello' && refused === undefined);
      await runtime.cut();
      return;
    }
    const status = await runtime.ended;
    // A hello that is welcomed may be followed by a goodbye.
    if (status.code === grpc.status.OK) return assert.equal(refused, undefined);
    const refusal = readRefusal(status);
    if (refusal.reason === 'PROTOCOL_VERSION' || refusal.reason === 'NAMESPACE_INVALID') return;
    assertClear(refusal);
    if (frame !== 'hello') assert.equal(refusal.reason, 'HELLO_EXPECTED');
    else if (refused) assert.equal(refusal.reason, refused.reason);
  });
  await fc.assert(property, { ...parameters, numRuns });
});

test('frames with bytes that were changed end their stream, or are taken for what they say', async () => {
  const hello = fanoutV1.ConnectRequest.serialize({
    hello: { protocolVersion: 1, runtimeName: 'bytes', capacity: { total: 0 } },
  });
  const goodbye = fanoutV1.ConnectRequest.serialize({ goodbye: {} });
  const change = fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }) });
  const property = fc.asyncProperty(
    frames,
    fc.array(change, { minLength: 1, maxLength: 4 }),
    async (good, changes) => {
      const messages = good.map((frame) => {
        const bytes = fanoutV1.ConnectRequest.serialize(frame);
        for (const { at, to } of changes) if (bytes.length > 0) bytes[at % bytes.length] = to;
        return bytes;
      });
      const status = await sendBytes(system.stateManager.address, [hello, ...messages, goodbye]);
      const isUnreadable = messages.some((bytes) => {
        try {
          fanoutV1.ConnectRequest.deserialize(bytes);
          return false;
        } catch {
          return true;
        }
      });
      if (status.code === grpc.status.OK) return;
      if (isUnreadable && status.code === grpc.status.INTERNAL) return;
      assertClear(readRefusal(status));
    },
  );
  await fc.assert(property, { ...parameters, numRuns });
});

type ProtoMethod = MethodDefinition<object, object>;

/** Every call of every service with one request, and what it may be refused with. */
const calls = [
  fanoutV1.AdminService,
  fanoutV1.GraphService,
  fanoutV1.NodeService,
  fanoutV1.RunService,
  fanoutV1.RuntimeService,
  fanoutV1.ScheduleService,
].flatMap(({ service }) =>
  Object.values(service as unknown as Record<string, ProtoMethod>).filter(
    ({ requestStream }) => !requestStream,
  ),
);
const refusals = ['INVALID_ARGUMENT', 'NOT_FOUND', 'ALREADY_EXISTS', 'FAILED_PRECONDITION'];

test('each call is answered, or refused with a reason that the protocol names', async () => {
  const client = new grpc.Client(system.stateManager.address, grpc.credentials.createInsecure());
  await system.client.upsert('target', {
    nodes: [nodeTemplate('work', [], { node_name: 'FuzzNode' })],
    store_config: { default_values: { key: 1 } },
  });
  const request = fc.constantFrom(...calls).chain((call) =>
    messagesOf(call.requestType as unknown as MessageType).map((message) => ({
      call,
      // Limits that an admin sets are kept, and would keep this test out.
      message: call.path.endsWith('/SetQuotas') ? { ...message, namespace: 'elsewhere' } : message,
    })),
  );
  const property = fc.asyncProperty(fc.array(request, { minLength: 8, maxLength: 8 }), async (batch) => {
    const runtime = await system.connect(['FuzzNode'], { capacity: { total: 1 } });
    const runId = await system.client.trigger('staged');
    const { stateId = '', leaseToken = '' } = (await runtime.assignments(1))[0]!;
    const known = { $RUN: runId, $STATE: stateId, $TOKEN: leaseToken };
    await Promise.all(
      batch.map(async ({ call, message }) => {
        const { code, details, metadata } = await statusOf(client, call, filledIn(message, known));
        if (code === grpc.status.OK) return;
        const refusal = readRefusal({ code, details, metadata });
        const told = `${call.path} ${JSON.stringify(message)}: ${refusal.code} ${refusal.message}`;
        // A session that is kept and that nobody has: its runtime connects anew.
        const isOver = refusal.code === 'UNAVAILABLE' && refusal.reason === 'SESSION_EXPIRED';
        assert.ok(isOver || refusals.includes(refusal.code), told);
        assert.match(refusal.reason, /^[A-Z_]+$/, told);
        assert.ok(refusal.message.length > 10, told);
      }),
    );
    await runtime.cut();
  });
  await fc.assert(property, { ...parameters, numRuns: numRuns / 2 });
  client.close();
});

test('a stream of calls answers whatever it is sent, and ends with its caller or with the number that is wrong', async () => {
  const client = new fanoutV1.RunService(system.stateManager.address, grpc.credentials.createInsecure());
  const runId = await system.client.trigger('staged');
  const type = fanoutV1.CallRunsRequest as unknown as MessageType;
  const property = fc.asyncProperty(messagesOf(type), fc.boolean(), async (random, isNumbered) => {
    const message = filledIn(random as CallRunsRequest, { $RUN: runId });
    const calls = (message.calls ?? []).map((call, i) => (isNumbered ? { ...call, callId: i + 1 } : call));
    const stream = client.callRuns({ deadline: Date.now() + 10_000 });
    stream.on('error', () => {});
    stream.resume();
    const ended = new Promise<grpc.StatusObject>((resolve) => stream.once('status', resolve));
    stream.write({ ...message, calls });
    stream.write({ forget: calls.flatMap(({ callId = 0 }) => callId) });
    stream.end();
    const status = await ended;
    if (status.code !== grpc.status.OK) assert.equal(readRefusal(status).reason, 'FRAME_INVALID');
    if (isNumbered) assert.equal(status.code, grpc.status.OK, status.details);
  });
  await fc.assert(property, { ...parameters, numRuns });
  client.close();
});

/** The status with which a call ends; one that streams is cut off after its first message. */
function statusOf(client: grpc.Client, call: ProtoMethod, given: object): Promise<grpc.StatusObject> {
  const { path, requestType, responseStream } = call;
  // A watch of the end only says nothing before that.
  const message = responseStream ? { ...given, endOnly: false } : given;
  const serialize = (value: object) => (requestType as unknown as MessageType).serialize(value);
  const deserialize = (bytes: Buffer) => bytes;
  const options = { deadline: Date.now() + 10_000 };
  return new Promise((resolve) => {
    if (responseStream) {
      const stream = client.makeServerStreamRequest(path, serialize, deserialize, message, options);
      stream.on('error', () => {});
      stream.on('data', () => resolve({ code: grpc.status.OK, details: '', metadata: new grpc.Metadata() }));
      stream.on('data', () => stream.cancel());
      stream.once('status', resolve);
    } else {
      const unary = client.makeUnaryRequest(path, serialize, deserialize, message, options, () => {});
      unary.once('status', resolve);
    }
  });
}

test('a runtime beside all this was not disturbed, and nothing was an error of the state manager', async () => {
  assert.ok((await steady.stop()) > 5);
  const errors = system.stateManager.events().filter(({ level }) => level === 'error');
  assert.deepEqual(errors, []);
});
