/** The calls of one stream: what is taken in, and what is kept for a caller that does not read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fanoutV1, type RunCall } from '@fanout/proto';
import type { RunEnd, TriggerRequest } from '../../../services/state-manager/domain/model/run.ts';
import { FanoutError } from '../../../services/state-manager/errors.ts';
import {
  encodeRunCallAnswers,
  type RunCallAnswer,
} from '../../../services/state-manager/transport/codec/run-calls.ts';
import { toStatus } from '../../../services/state-manager/transport/errors-to-grpc.ts';
import { RunCalls } from '../../../services/state-manager/transport/run-calls.ts';
import { refusal, sent } from './codec-samples.ts';

const maxFrameBytes = 65_536;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const turns = async (count = 20) => {
  for (let i = 0; i < count; i++) await turn();
};

/** The end of a run. */
function endOf(runId: string, outputs: readonly string[] = []): RunEnd {
  const run = { runId, namespace: 'default', graphName: 'g', graphVersion: 1, status: 'SUCCESS' } as const;
  return {
    run: {
      ...run,
      ...{ priority: 0, createdAt: 1, endedAt: 2, stateCount: 1, labels: new Map(), triggerKind: 'CALL' },
    },
    results: outputs.map((outputJson) => ({ identifier: 'end', stateId: 's', path: '', outputJson })),
    isLeftOut: false,
  };
}

/** Calls on an engine whose triggers and ends come when they are told to. */
function openCalls() {
  const answers: RunCallAnswer[] = [];
  const triggers: ((run: { runId: string; created: boolean }) => void)[] = [];
  const ends: { runId: string; resolve: (end: RunEnd | undefined) => void }[] = [];
  const listeners = new Map<string, () => void>();
  const flow = { isBehind: false, changes: 0, rests: 0 };
  const calls = new RunCalls({
    runs: {
      trigger: (_request: TriggerRequest) => new Promise((resolve) => triggers.push(resolve)),
      onEnd(runId, listener) {
        listeners.set(runId, listener);
        return () => listeners.delete(runId);
      },
      end: (_namespace, runId) => new Promise((resolve) => ends.push({ runId, resolve })),
    },
    maxFrameBytes,
    countRequest: async () => {},
    namespaceOf: (requested) => requested || 'default',
    answer: (answer) => answers.push(answer),
    statusOf: (thrown) => toStatus(FanoutError.from(thrown)),
    isReaderBehind: () => flow.isBehind,
    onFlow: () => flow.changes++,
    onRest: () => flow.rests++,
  });
  const take = (...all: RunCall[]) => calls.take(sent(fanoutV1.CallRunsRequest, { calls: all }).calls ?? []);
  return { calls, answers, triggers, ends, listeners, flow, take };
}

const existing = (count: number): RunCall[] =>
  Array.from({ length: count }, (_, i) => ({ callId: i + 1, runId: `run-${i + 1}` }));

test('triggers that are not answered fill the way up, until half of them are', async () => {
  const { calls, triggers, flow, take } = openCalls();
  const inputsJson = JSON.stringify({ text: 'x'.repeat(20_000) });
  let callId = 0;
  for (; !calls.isFull; callId++) take({ callId: callId + 1, trigger: { graphName: 'g', inputsJson } });
  assert.ok(callId >= 6 && callId < 20, `${callId} calls`);
  await turns();
  assert.equal(calls.unanswered, callId);
  for (let answered = 0; answered < callId; answered++) {
    triggers[answered]!({ runId: `run-${answered}`, created: true });
    await turn();
    assert.equal(calls.isFull, calls.unanswered > callId / 2, `${calls.unanswered} are left`);
  }
  assert.equal(flow.changes, 2);
  assert.equal(calls.size, 0);
});

test('no end is read for a reader that is behind, and at most 256 at a time', async () => {
  const { calls, answers, ends, flow, take } = openCalls();
  flow.isBehind = true;
  take(...existing(1_000));
  await turns();
  assert.equal(ends.length, 0);
  flow.isBehind = false;
  calls.readEnds();
  assert.equal(ends.length, 256);
  for (let i = 0; i < 1_000; i++) {
    ends[i]!.resolve(endOf(ends[i]!.runId));
    await turn();
  }
  assert.equal(answers.length, 1_000);
  assert.equal(calls.size, 0);
});

test('a run that goes on after all is awaited further, also when it ends while that is read', async () => {
  const { answers, ends, listeners, take } = openCalls();
  take({ callId: 5, runId: 'r' });
  await turns();
  listeners.get('r')!();
  assert.equal(ends.length, 1, 'it is read already');
  ends[0]!.resolve(undefined);
  await turn();
  assert.deepEqual(answers, []);
  assert.equal(ends.length, 2);
  ends[1]!.resolve(endOf('r'));
  await turn();
  assert.deepEqual(
    answers.map(({ callId, kind }) => [callId, kind]),
    [[5, 'ended']],
  );
  assert.equal(listeners.size, 0);
});

test('an end that is told twice is read once', async () => {
  const { calls, answers, triggers, ends, listeners, take } = openCalls();
  take({ callId: 1, trigger: { graphName: 'g' }, awaitEnd: true });
  await turns();
  triggers[0]!({ runId: 'r', created: true });
  await turn();
  const told = listeners.get('r')!;
  told();
  told();
  await turn();
  told();
  ends[0]!.resolve(endOf('r'));
  await turns();
  assert.equal(ends.length, 1);
  assert.deepEqual(
    answers.map(({ kind }) => kind),
    ['started', 'ended'],
  );
  assert.equal(calls.size, 0);
});

test('a call beyond 100,000 that go on fails alone', async () => {
  const { calls, answers, flow, take } = openCalls();
  flow.isBehind = true;
  take(...existing(100_000));
  take({ callId: 200_000, runId: 'one-more' });
  const [answer] = answers;
  assert.ok(answer?.kind === 'failed' && answer.callId === 200_000);
  assert.equal(answer.status.code, 8);
  assert.match(answer.status.message ?? '', /await some of them, or forget them/);
  calls.forget([1, 2]);
  take({ callId: 200_000, runId: 'one-more' });
  assert.equal(answers.length, 1);
  calls.stop();
  assert.equal(calls.size, 0);
});

test('a trigger that is forgotten before it is answered is not answered, and awaited by nobody', async () => {
  const { calls, answers, triggers, listeners, flow, take } = openCalls();
  take({ callId: 1, trigger: { graphName: 'g' }, awaitEnd: true });
  await turns();
  calls.forget([1]);
  triggers[0]!({ runId: 'r', created: true });
  await turn();
  assert.deepEqual([answers.length, listeners.size, calls.unanswered], [0, 0, 0]);
  assert.ok(flow.rests > 0);
});

test('a number that is none, or that another call has, is refused', () => {
  const { take } = openCalls();
  assert.throws(() => take({ callId: 0, runId: 'r' }), refusal('FRAME_INVALID', 'call_id'));
  assert.throws(() => take({ callId: -5, runId: 'r' }), refusal('FRAME_INVALID', 'call_id'));
  assert.throws(() => take({ callId: 2 ** 60, runId: 'r' }), refusal('FRAME_INVALID', 'call_id'));
  assert.throws(
    () => take({ callId: 1, runId: 'r' }, { callId: 1, runId: 's' }),
    refusal('FRAME_INVALID', 'call_id'),
  );
});

test('answers arrive as they were, in messages that no frame limit cuts off', () => {
  const status = toStatus(new FanoutError('GRAPH_NOT_FOUND', 'there is no graph'));
  const large = JSON.stringify({ text: 'ü'.repeat(15_000) });
  const answers: RunCallAnswer[] = [
    { callId: 1, kind: 'started', runId: 'r', created: true },
    { callId: 2 ** 53 - 1, kind: 'failed', status },
    ...Array.from({ length: 20 }, (_, i) => ({
      callId: i + 3,
      kind: 'ended' as const,
      end: endOf(`run-${i}`, [large]),
    })),
  ];
  const messages = encodeRunCallAnswers(answers, maxFrameBytes);
  assert.ok(messages.length > 5);
  for (const { message, bytes } of messages) {
    const size = fanoutV1.CallRunsResponse.serialize(message).length;
    assert.ok(size <= bytes && bytes <= maxFrameBytes, `${size} bytes, ${bytes} at most`);
  }
  const read = messages.flatMap(({ message }) => sent(fanoutV1.CallRunsResponse, message).answers ?? []);
  assert.equal(read.length, answers.length);
  assert.deepEqual({ ...read[0]?.started }, { runId: 'r', created: true });
  assert.deepEqual(
    [read[1]?.callId, read[1]?.failed?.code, read[1]?.failed?.details?.length],
    [2 ** 53 - 1, 5, 1],
  );
  assert.equal(read[2]?.ended?.results?.[0]?.outputJson, large);
  assert.equal(read[2]?.ended?.run?.status, 'RUN_STATUS_SUCCESS');
});
