/** Calls of a client over one stream, against a state manager that does what a test says. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import {
  type CallRunsRequest__Output,
  type CallRunsResponse,
  fanoutV1,
  googleRpc,
  type ListStatesRequest__Output,
  type ListStatesResponse,
  type RunCall__Output,
  type RunCallAnswer,
  type State,
  type TriggerRunRequest__Output,
  type TriggerRunResponse,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { Client, FanoutError, RunFailed } from '../src/index.ts';
import { eventually } from './eventually.ts';

type Call = grpc.ServerDuplexStream<CallRunsRequest__Output, CallRunsResponse>;

/** One stream of a client. */
class Stream {
  readonly messages: CallRunsRequest__Output[] = [];
  isOver = false;
  readonly #call: Call;

  constructor(call: Call, answer: (calls: readonly RunCall__Output[], stream: Stream) => void) {
    this.#call = call;
    call.sendMetadata(new grpc.Metadata());
    call.on('data', (message: CallRunsRequest__Output) => {
      this.messages.push(message);
      answer(message.calls ?? [], this);
    });
    const end = () => {
      this.isOver = true;
      call.end();
    };
    call.on('end', end);
    call.on('cancelled', end);
  }

  get calls(): RunCall__Output[] {
    return this.messages.flatMap(({ calls = [] }) => calls);
  }

  get forgotten(): number[] {
    return this.messages.flatMap(({ forget = [] }) => forget);
  }

  send(...answers: RunCallAnswer[]): void {
    this.#call.write({ answers });
  }

  fail(code: grpc.status): void {
    this.#call.emit('error', { code, details: 'gone' });
  }

  /** Ends the stream as a state manager does that has read nothing more of it. */
  refuse(): void {
    const code = grpc.status.UNAVAILABLE;
    const value = googleRpc.ErrorInfo.serialize({ reason: 'SHUTTING_DOWN', domain: 'fanout' });
    const details = [{ type_url: 'type.googleapis.com/google.rpc.ErrorInfo', value }];
    const metadata = new grpc.Metadata();
    metadata.set(
      'grpc-status-details-bin',
      googleRpc.Status.serialize({ code, message: 'leaving', details }),
    );
    this.#call.emit('error', { code, details: 'leaving', metadata });
  }
}

const run = (runId: string, status: 'SUCCESS' | 'FAILED' = 'SUCCESS') => ({
  runId,
  status: `RUN_STATUS_${status}` as const,
  endTime: { seconds: 5 },
});

/** States of any run that has failed. */
const statesOfFailed: readonly State[] = [
  {
    identifier: 'work',
    path: '0.0',
    status: 'STATE_STATUS_ERRORED',
    failure: { code: 'NODE_ERROR', message: 'no' },
  },
  { identifier: 'merge', path: 'u.0', status: 'STATE_STATUS_CANCELLED' },
];

/** The end of a run whose one result is the number of its call. */
function ended({ callId = 0, runId = `run-${callId}` }: RunCall__Output): RunCallAnswer {
  return { callId, ended: { run: run(runId), results: [{ identifier: 'end', outputJson: String(callId) }] } };
}

function started({ callId = 0 }: RunCall__Output): RunCallAnswer {
  return { callId, started: { runId: `run-${callId}`, created: true } };
}

/** A client, and the streams that it has opened at a state manager which answers as it is told. */
async function open(
  t: TestContext,
  answer: (calls: readonly RunCall__Output[], stream: Stream, streams: readonly Stream[]) => void,
) {
  const streams: Stream[] = [];
  const triggers: TriggerRunRequest__Output[] = [];
  const server = new grpc.Server();
  server.addService(fanoutV1.RunService.service, {
    CallRuns: (call: Call) =>
      streams.push(new Stream(call, (calls, stream) => answer(calls, stream, streams))),
    TriggerRun(
      { request }: { request: TriggerRunRequest__Output },
      done: grpc.sendUnaryData<TriggerRunResponse>,
    ) {
      triggers.push(request);
      done(null, { runId: 'by-itself', created: true });
    },
    ListStates(
      { request }: { request: ListStatesRequest__Output },
      done: grpc.sendUnaryData<ListStatesResponse>,
    ) {
      done(null, { states: statesOfFailed.filter(({ status }) => status === request.status) });
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const client = new Client({ address: `127.0.0.1:${port}` });
  t.after(() => {
    client.close();
    server.forceShutdown();
  });
  return { client, streams, triggers };
}

const answerAll = (calls: readonly RunCall__Output[], stream: Stream) => {
  for (const call of calls) {
    if (call.trigger) stream.send(started(call));
    if (call.awaitEnd) stream.send(ended(call));
  }
};

describe('a client that calls', () => {
  test('sends what is called in one turn as one message, over one stream', async (t) => {
    const { client, streams } = await open(t, answerAll);
    const outputs = await Promise.all(Array.from({ length: 200 }, () => client.call('g')));
    assert.deepEqual(
      outputs.flat(),
      Array.from({ length: 200 }, (_, i) => i + 1),
    );
    await client.trigger('g');
    assert.deepEqual((await client.result('r')).length, 1);
    assert.equal(streams.length, 1);
    assert.deepEqual(
      streams[0]!.messages.map(({ calls = [] }) => calls.length),
      [200, 1, 1],
    );
  });

  test('splits what does not fit a message', async (t) => {
    const { client, streams } = await open(t, answerAll);
    const text = 'x'.repeat(20_000);
    await Promise.all(Array.from({ length: 10 }, () => client.call('g', { text })));
    assert.deepEqual(
      streams[0]!.messages.map(({ calls = [] }) => calls.length),
      [2, 2, 2, 2, 2],
    );
  });

  test('starts a run with inputs that no message has room for by a call of its own', async (t) => {
    const { client, streams, triggers } = await open(t, answerAll);
    await client.call('g', { text: 'ü'.repeat(40_000) });
    assert.equal(triggers.length, 1);
    assert.deepEqual(
      streams[0]!.calls.map(({ runId, trigger }) => [runId, trigger]),
      [['by-itself', undefined]],
    );
  });

  test('tells each call what is wrong with it, as a call of its own would', async (t) => {
    const info = googleRpc.ErrorInfo.serialize({ reason: 'INPUT_INVALID', domain: 'fanout' });
    const violation = { field: 'inputs_json', reason: 'INPUT_INVALID', description: 'not so' };
    const badRequest = googleRpc.BadRequest.serialize({ fieldViolations: [violation] });
    const details = [
      { type_url: 'type.googleapis.com/google.rpc.ErrorInfo', value: info },
      { type_url: 'type.googleapis.com/google.rpc.BadRequest', value: badRequest },
    ];
    const { client } = await open(t, (calls, stream) => {
      for (const call of calls) {
        const failed = { code: grpc.status.INVALID_ARGUMENT, message: 'no', details };
        if (call.trigger?.graphName === 'bad') stream.send({ callId: call.callId!, failed });
        else answerAll([call], stream);
      }
    });
    const [good, bad] = await Promise.allSettled([client.call('good'), client.call('bad')]);
    assert.equal(good.status, 'fulfilled');
    assert.equal(bad.status, 'rejected');
    assert.ok(bad.reason instanceof FanoutError);
    const { code, reason, message, violations } = bad.reason;
    assert.deepEqual([code, reason, message], [grpc.status.INVALID_ARGUMENT, 'INPUT_INVALID', 'no']);
    assert.deepEqual(violations, [{ path: 'inputs_json', code: 'INPUT_INVALID', description: 'not so' }]);
  });

  test('goes on with its runs on another stream, and fails the triggers that were not answered', async (t) => {
    const { client, streams } = await open(t, (calls, stream, { length }) => {
      if (length > 1) return answerAll(calls, stream);
      for (const call of calls) if (call.trigger?.graphName === 'g') stream.send(started(call));
    });
    const call = client.call('g');
    const unanswered = client.trigger('silent');
    await eventually(async () => assert.equal(streams[0]?.calls.length === 2, true));
    streams[0]!.fail(grpc.status.UNAVAILABLE);
    await assert.rejects(unanswered, { name: 'FanoutError', code: grpc.status.UNAVAILABLE });
    assert.deepEqual(await call, [1]);
    assert.deepEqual(
      streams[1]!.calls.map(({ runId, trigger, awaitEnd }) => [runId, trigger, awaitEnd]),
      [['run-1', undefined, true]],
    );
  });

  test('sends again what a state manager that is shutting down has not read, and tells when it gives up', async (t) => {
    let refusals = 1;
    const { client, streams } = await open(t, (calls, stream) => {
      if (refusals-- > 0) stream.refuse();
      else answerAll(calls, stream);
    });
    assert.equal((await client.trigger('g')).id, 'run-1');
    assert.equal(streams.length, 2);
    refusals = 9;
    await assert.rejects(client.trigger('g'), { reason: 'SHUTTING_DOWN', refused: true });
    assert.equal(refusals, 7, 'once more, since there is no other address');
  });

  test('awaits a run again that a state manager cannot tell of now', async (t) => {
    let asked = 0;
    const { client, streams } = await open(t, (calls, stream) => {
      for (const call of calls) {
        const failed = { code: grpc.status.UNAVAILABLE, message: 'Redis cannot be reached now' };
        if (++asked < 3) stream.send({ callId: call.callId!, failed });
        else stream.send(ended(call));
      }
    });
    assert.equal((await client.result('r')).length, 1);
    assert.equal(streams.length, 1);
    assert.equal(asked, 3);
  });

  test('gives up on an error that another state manager would answer as well', async (t) => {
    const { client, streams } = await open(t, () => {});
    const failed = assert.rejects(client.result('r'), { code: grpc.status.UNAUTHENTICATED });
    await eventually(async () => assert.equal(streams.length === 1, true));
    streams[0]!.fail(grpc.status.UNAUTHENTICATED);
    await failed;
    assert.equal(streams.length, 1);
  });

  test('says that a run has failed, and which of its states', async (t) => {
    const { client } = await open(t, ([call], stream) => {
      if (call) stream.send({ callId: call.callId!, ended: { run: run('r', 'FAILED') } });
    });
    await assert.rejects(client.result('r'), (error) => {
      assert.ok(error instanceof RunFailed);
      assert.deepEqual([error.runId, error.status], ['r', 'FAILED']);
      assert.deepEqual(error.failures, [
        { identifier: 'work', path: '0.0', code: 'NODE_ERROR', message: 'no' },
      ]);
      return true;
    });
  });

  test('forgets a call whose signal fires, and throws its reason', async (t) => {
    const { client, streams } = await open(t, (calls, stream) => {
      for (const call of calls) if (call.trigger) stream.send(started(call));
    });
    const controller = new AbortController();
    const call = client.call('g', {}, { signal: controller.signal });
    await eventually(async () => assert.equal(streams[0]?.calls.length === 1, true));
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 50);
    await assert.rejects(call, (error) => error === reason);
    await eventually(async () => assert.equal(streams[0]!.forgotten.includes(1) || streams[0]!.isOver, true));
  });

  test('ends a stream that no call needs, and opens another for the next', async (t) => {
    const { client, streams } = await open(t, answerAll);
    await client.call('g');
    await eventually(async () => assert.equal(streams[0]!.isOver, true));
    await client.call('g');
    assert.equal(streams.length, 2);
  });

  test('fails what it waits for when it is closed', async (t) => {
    const { client, streams } = await open(t, () => {});
    const failed = assert.rejects(client.result('r'), { code: grpc.status.CANCELLED, message: /closed/ });
    await eventually(async () => assert.equal(streams.length === 1, true));
    client.close();
    await failed;
  });
});
