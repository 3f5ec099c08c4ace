/** Callers that should not be let in, and those that are and misuse the connection: what they cost, and what others see. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fanoutV1 } from '@fanout/proto';
import { status } from '@grpc/grpc-js';
import { eventually } from '../support/eventually.ts';
import { RawClient } from '../support/raw/raw-client.ts';
import { framed, openHttp2, type RawCall, type RawHttp2 } from '../support/raw/raw-http2.ts';
import { type AbusedSystem, startAbused } from './abused-system.ts';
import { manyEntries } from './attacks.ts';

const callMs = 2_000;
const megabyte = 1_000_000;
const validateGraph = '/fanout.v1.GraphService/ValidateGraph';
const getGraph = '/fanout.v1.GraphService/GetGraph';
const getRun = '/fanout.v1.RunService/GetRun';
const triggerRun = '/fanout.v1.RunService/TriggerRun';
const healthCheck = '/grpc.health.v1.Health/Check';

let system: AbusedSystem;
let token: string;

before(async () => {
  system = await startAbused({ FANOUT_CALL_MS: String(callMs), FANOUT_MAX_CALLS: '200' });
  token = (await system.admin.token('attacker', 'ROLE_CLIENT')).bearer ?? '';
});
after(() => system?.stop());

/** Uses a connection, and ends it. */
async function over<T>(use: (http2: RawHttp2) => Promise<T>, options: { window?: number } = {}): Promise<T> {
  const http2 = await openHttp2(system.stateManager.address, options);
  try {
    return await use(http2);
  } finally {
    http2.close();
  }
}

async function endsOf(calls: readonly RawCall[]) {
  return Promise.all(calls.map(({ ended }) => ended));
}

test('a body without a token is not decoded', async () => {
  const body = manyEntries();
  const { result, longestPingMs, seen } = await system.during(() =>
    over((http2) => endsOf(Array.from({ length: 2 }, () => http2.begin(validateGraph, body)))),
  );
  for (const { code } of result) assert.equal(code, status.UNAUTHENTICATED);
  assert.ok(longestPingMs < 500, `${longestPingMs} ms`);
  assert.deepEqual(seen.errors, []);
});

test('a body with a token for something else is not decoded', async () => {
  const body = manyEntries();
  const { result, longestPingMs } = await system.during(() =>
    over((http2) =>
      endsOf(
        Array.from({ length: 2 }, () =>
          http2.begin(validateGraph, body, { token: system.attackerRuntimeToken }),
        ),
      ),
    ),
  );
  for (const { code } of result) assert.equal(code, status.PERMISSION_DENIED);
  assert.ok(longestPingMs < 500, `${longestPingMs} ms`);
});

test('a body with more items than any call takes is not decoded, whoever sends it', async () => {
  const body = manyEntries();
  const { result, longestTurnMs, seen } = await system.during(() =>
    over((http2) => endsOf(Array.from({ length: 2 }, () => http2.begin(validateGraph, body, { token })))),
  );
  for (const { code, message } of result) {
    assert.equal(code, status.RESOURCE_EXHAUSTED);
    assert.match(message, /more than 10100 items in its lists and maps: send fewer/);
  }
  assert.ok(longestTurnMs < 300, `the event loop worked for ${longestTurnMs} ms`);
  assert.deepEqual(seen.errors, []);
});

test('a request that is small by nature has a small limit, with a token and without one where none is needed', async () => {
  const body = framed(Buffer.alloc(megabyte));
  await over(async (http2) => {
    for (const path of [getRun, healthCheck]) {
      const { code, message } = await http2.begin(path, body, { token }).ended;
      assert.equal(code, status.RESOURCE_EXHAUSTED, path);
      assert.match(message, /65536 bytes/);
    }
  });
});

test('bodies that never become complete are few at once, and end', async () => {
  const part = framed(Buffer.alloc(3.9 * megabyte)).subarray(0, -10);
  const { result, seen, grownBytes } = await system.during(() =>
    over((http2) =>
      endsOf(Array.from({ length: 60 }, () => http2.begin(triggerRun, part, { token, ends: false }))),
    ),
  );
  // The first eight or so may go on until their time is up.
  for (const { code } of result)
    assert.ok(code === status.RESOURCE_EXHAUSTED || code === status.DEADLINE_EXCEEDED, `${code}`);
  assert.ok(grownBytes < 150 * megabyte, `${grownBytes}`);
  assert.deepEqual(seen.errors, []);
});

test('answers that are not read are few at once, and end', async () => {
  // 1 MB to answer, and nothing to run.
  const inputs = { large: 'x'.repeat(900_000) };
  await system.attacker.upsert('large', {
    nodes: [{ node_name: 'None', identifier: 'none', inputs, next_nodes: [] }],
  });
  const body = framed(fanoutV1.GraphService.service.GetGraph.requestSerialize({ name: 'large' }));
  const { result, seen, grownBytes } = await system.during(() =>
    over((http2) => endsOf(Array.from({ length: 24 }, () => http2.begin(getGraph, body, { token }))), {
      window: 0,
    }),
  );
  for (const { code, rstCode } of result) assert.ok(code !== status.OK && rstCode !== undefined, `${code}`);
  assert.ok(grownBytes < 100 * megabyte, `${grownBytes}`);
  assert.deepEqual(seen.errors, []);
});

test('answers of health that are not read end too', async () => {
  await over(
    async (http2) => {
      const calls = Array.from({ length: 100 }, () => http2.begin(healthCheck, framed(Buffer.alloc(0))));
      for (const { code } of await endsOf(calls)) assert.notEqual(code, status.OK);
    },
    { window: 0 },
  );
});

test('a caller that goes on sending after its refusal is stopped', async () => {
  await over(async (http2) => {
    const { ended } = http2.begin(getRun, framed(Buffer.alloc(0)), { token: 'wrong', ends: false });
    assert.equal((await ended).code, status.UNAUTHENTICATED);
  });
});

test('a thousand calls at once over one connection are all answered', async () => {
  const client = new RawClient(system.stateManager.address, { token });
  try {
    await Promise.all(
      Array.from({ length: 1_000 }, () => client.call((...more) => client.nodes.listNodes({}, ...more))),
    );
  } finally {
    client.close();
  }
});

test('wrong tokens are slowed down and told once, and a right one of the same address waits for nothing', async () => {
  const body = framed(Buffer.alloc(0));
  let answered = 0;
  // Seen as right before: one that is not seen yet is refused while its address floods.
  await system.attacker.call((...more) => system.attacker.nodes.listNodes({}, ...more));
  const { seen } = await system.during(async () => {
    const guessing = Array.from({ length: 5 }, (_, i) =>
      over(async (http2) => {
        for (let round = 0; round < 2; round++) {
          const calls = Array.from({ length: 100 }, (_, j) =>
            http2.begin(getRun, body, { token: `guess-${i}-${round}-${j}` }),
          );
          for (const { ended } of calls)
            void ended.then(({ code }) => {
              if (code === status.UNAUTHENTICATED) answered++;
            });
          await Promise.race([endsOf(calls), new Promise((resolve) => setTimeout(resolve, 1_000).unref())]);
        }
      }),
    );
    await Promise.all(guessing);
  });
  assert.ok(answered < 200, `${answered} of 1,000 guesses were answered within two seconds`);
  assert.deepEqual(seen.errors, []);
  const startedAt = performance.now();
  await system.attacker.call((...more) => system.attacker.nodes.listNodes({}, ...more));
  assert.ok(performance.now() - startedAt < 1_000);
  const lines = await eventually(() => {
    const told = system.stateManager.events('tokens_refused');
    assert.ok(told.length > 0);
    return told;
  });
  assert.equal(lines.length, 1);
  assert.ok(Number(lines[0]?.count) >= 1);
});
