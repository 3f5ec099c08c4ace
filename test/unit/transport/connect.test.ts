import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { type ConnectRequest__Output, fanoutV1 } from '@fanout/proto';
import { Metadata } from '@grpc/grpc-js';
import { ByteBudget } from '../../../services/state-manager/byte-budget.ts';
import type { UpFrame } from '../../../services/state-manager/domain/model/stream.ts';
import type { EngineApi, Outlet } from '../../../services/state-manager/engine/ports/api.ts';
import { createLog } from '../../../services/state-manager/log.ts';
import { type ConnectCall, connect } from '../../../services/state-manager/transport/connect.ts';
import { createTokenRechecks } from '../../../services/state-manager/transport/token-rechecks.ts';
import { sent } from './codec-samples.ts';

const maxFrameBytes = 65_536;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A stream that has said hello to an engine which answers only when it is told to. */
async function openStream() {
  const received: UpFrame[] = [];
  let outlet: Outlet | undefined;
  const open: EngineApi['sessions']['open'] = async (_hello, opened) => {
    outlet = opened;
    return { receive: (frame) => void received.push(frame), closed: () => {} };
  };
  const quotas = { countRequest: async () => {}, enter: async () => () => {} };
  const engine = { tokens: { isRequired: false }, sessions: { open }, quotas } as unknown as EngineApi;
  const call = new Duplex({ objectMode: true, read: () => {}, write: (_message, _encoding, done) => done() });
  const parts = {
    metadata: new Metadata(),
    getPath: () => '/fanout.v1.RuntimeService/Connect',
    getPeer: () => 'test',
  };
  const log = createLog({ level: 'error' }, { write: (line) => assert.fail(line) });
  const limits = { maxFrameBytes, maxOutputBytes: 20_000 };
  const context = {
    engine,
    log,
    limits,
    rechecks: createTokenRechecks(engine.tokens),
    callerOf: () => ({ namespace: undefined, isAdmin: true }),
    reads: new ByteBudget(1, 1),
  };
  connect(context, Object.assign(call, parts) as unknown as ConnectCall, () => {});
  const hello = { protocolVersion: 1, runtimeName: 'raw', capacity: { total: 1 } };
  call.push(sent(fanoutV1.ConnectRequest, { hello }) satisfies ConnectRequest__Output);
  while (outlet === undefined) await turn();
  return { call, received, outlet };
}

test('a runtime whose emits are not answered is not read any more, until some are', async (t) => {
  const { call, received, outlet } = await openStream();
  t.after(() => call.destroy());
  const lease = { stateId: 'run.1', leaseToken: 'session-token' };
  const outputs = [{ outputJson: JSON.stringify({ text: 'x'.repeat(16_000) }) }];
  const total = 200;
  for (let firstIndex = 0; firstIndex < total; firstIndex++)
    call.push(sent(fanoutV1.ConnectRequest, { emits: { items: [{ ...lease, firstIndex, outputs }] } }));
  for (let i = 0; i < 10; i++) await turn();
  const taken = received.length;
  assert.ok(taken * 16_000 > 3 * maxFrameBytes, `${taken} were taken in`);
  assert.ok(taken * 16_000 < 6 * maxFrameBytes, `${taken} were taken in`);

  for (let answered = 0; answered < total; answered++) {
    assert.ok(answered < received.length, 'what is answered makes room');
    assert.ok(received.length - answered <= taken, 'and never for more than before');
    outlet.send({ kind: 'acks', items: [{ ...lease, emitFirstIndex: answered, status: 'ACCEPTED' }] });
    await turn();
  }
  assert.equal(received.length, total);
});

test('small reports that are not answered count as well, each by what it costs', async (t) => {
  const { call, received, outlet } = await openStream();
  t.after(() => call.destroy());
  const leaseOf = (i: number) => ({ stateId: `run.${i + 1}`, leaseToken: 'session-token' });
  const total = 2_000;
  for (let i = 0; i < total; i++)
    call.push(sent(fanoutV1.ConnectRequest, { reports: { items: [{ ...leaseOf(i), executed: {} }] } }));
  for (let i = 0; i < 10; i++) await turn();
  const taken = received.length;
  assert.ok(taken >= 100 && taken < 300, `${taken} were taken in`);
  for (let answered = 0; answered < total; ) {
    const items = received
      .slice(answered)
      .map((_, i) => ({ ...leaseOf(answered + i), status: 'ACCEPTED' as const }));
    assert.ok(items.length > 0 && items.length <= taken, `${items.length} more were taken in`);
    outlet.send({ kind: 'acks', items });
    answered += items.length;
    for (let i = 0; i < 10; i++) await turn();
  }
  assert.equal(received.length, total);
});

test('a frame with thousands of reports is taken in part by part, each in a turn of its own, before what comes behind', async (t) => {
  const { call, received, outlet } = await openStream();
  t.after(() => call.destroy());
  const items = Array.from({ length: 3_500 }, (_, i) => ({
    ...{ stateId: `run.${i + 1}`, leaseToken: 'session-token', pruned: {} },
  }));
  call.push(sent(fanoutV1.ConnectRequest, { reports: { items } }));
  call.push(sent(fanoutV1.ConnectRequest, { ping: { nonce: 1 } }));
  const lengths: number[] = [];
  while (received.length < 4) {
    if (received.length > (lengths.at(-1) ?? 0)) lengths.push(received.length);
    await turn();
  }
  assert.deepEqual(lengths, [1, 2, 3], 'one part a turn');
  outlet.send({ kind: 'acks', items: items.map((lease) => ({ ...lease, status: 'STALE_LEASE' })) });
  while (received.length < 5) await turn();
  const taken = received.flatMap((frame) => (frame.kind === 'reports' ? frame.items : []));
  assert.deepEqual(
    taken.map(({ stateId }) => stateId),
    items.map(({ stateId }) => stateId),
  );
  assert.deepEqual(
    received.map(({ kind }) => kind),
    ['reports', 'reports', 'reports', 'reports', 'ping'],
  );
});
