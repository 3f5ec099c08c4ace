import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type CallRunsRequest__Output,
  type CallRunsResponse,
  fanoutV1,
  type WatchRunRequest__Output,
  type WatchRunResponse,
} from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { Client } from '../src/index.ts';

type Watch = grpc.ServerWritableStream<WatchRunRequest__Output, WatchRunResponse>;
type Calls = grpc.ServerDuplexStream<CallRunsRequest__Output, CallRunsResponse>;

const running: WatchRunResponse = { run: { runId: 'r', status: 'RUN_STATUS_RUNNING', stateCount: 1 } };
const ended: WatchRunResponse = {
  run: { runId: 'r', status: 'RUN_STATUS_SUCCESS', endTime: { seconds: 5, nanos: 2e6 } },
};
const results = (...outputs: string[]): WatchRunResponse => ({
  results: outputs.map((outputJson, index) => ({ identifier: 'end', path: `${index}.0`, outputJson })),
});

/**
 * A state manager that answers each watch with the next of its scripts, and a client of it. Every run that is called has
 * ended, with results that are too large to come along.
 */
async function withScript(
  scripts: readonly ((watch: Watch) => void)[],
  run: (client: Client, watches: readonly Watch[]) => Promise<void>,
): Promise<void> {
  const server = new grpc.Server();
  const watches: Watch[] = [];
  server.addService(fanoutV1.RunService.service, {
    WatchRun(watch: Watch) {
      watches.push(watch);
      scripts[watches.length - 1]?.(watch);
    },
    CallRuns(stream: Calls) {
      stream.on('data', ({ calls = [] }: CallRunsRequest__Output) => {
        const end = { run: ended.run!, resultsLeftOut: true };
        stream.write({ answers: calls.map(({ callId = 0 }) => ({ callId, ended: end })) });
      });
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const client = new Client({ address: `127.0.0.1:${port}` });
  try {
    await run(client, watches);
  } finally {
    client.close();
    server.forceShutdown();
  }
}

/** Sends messages, then ends the watch, with an error if there is a code. */
function send(messages: readonly WatchRunResponse[], code?: grpc.status): (watch: Watch) => void {
  return (watch) => {
    for (const message of messages) watch.write(message);
    if (code === undefined) watch.end();
    else watch.emit('error', { code, details: 'gone' });
  };
}

describe('a client that waits for a run', () => {
  test('goes on when the state manager leaves', async () => {
    const scripts = [send([running], grpc.status.UNAVAILABLE), send([running, ended, results('1')])];
    await withScript(scripts, async (client, watches) => {
      assert.deepEqual(
        (await client.result('r')).map(({ output }) => output),
        [1],
      );
      assert.equal(watches.length, 2);
    });
  });

  test('counts no result twice when the stream breaks among the results', async () => {
    const scripts = [
      send([ended, results('1', '2')], grpc.status.UNAVAILABLE),
      send([ended, results('1', '2'), results('{"three":3}')]),
    ];
    await withScript(scripts, async (client) => {
      assert.deepEqual(
        (await client.result('r')).map(({ output }) => output),
        [1, 2, { three: 3 }],
      );
    });
  });

  test('goes on when a watch ends before the run does', async () => {
    await withScript([send([running]), send([running, ended])], async (client) => {
      const snapshots = [];
      for await (const snapshot of client.watch('r')) snapshots.push(snapshot);
      assert.deepEqual(
        snapshots.map(({ status }) => status),
        ['RUNNING', 'RUNNING', 'SUCCESS'],
      );
      assert.deepEqual([snapshots[0]?.endedAt, snapshots[2]?.endedAt], [undefined, 5_002]);
    });
  });

  test('goes on when the state manager has to cut its watches off', async () => {
    const scripts = [send([running], grpc.status.CANCELLED), send([running, ended])];
    await withScript(scripts, async (client, watches) => {
      assert.deepEqual(await client.result('r'), []);
      assert.equal(watches.length, 2);
    });
  });

  test('throws the reason of its signal, also between two tries', async () => {
    await withScript([], async (client) => {
      client.close();
      const gone = new Client({ address: '127.0.0.1:1' });
      const reason = new Error('enough');
      const controller = new AbortController();
      const waiting = gone.result('r', { signal: controller.signal });
      setTimeout(() => controller.abort(reason), 120);
      await assert.rejects(waiting, (error) => error === reason);
      gone.close();
    });
  });

  test('gives up on any other error', async () => {
    await withScript([send([running], grpc.status.PERMISSION_DENIED)], async (client, watches) => {
      await assert.rejects(client.result('r'), { name: 'FanoutError', code: grpc.status.PERMISSION_DENIED });
      assert.equal(watches.length, 1);
    });
  });

  test('cancels the watch when the reader leaves', async () => {
    await withScript([(watch) => void watch.write(running)], async (client, watches) => {
      for await (const { stateCount } of client.watch('r')) {
        assert.equal(stateCount, 1);
        break;
      }
      const [watch] = watches;
      if (watch && !watch.cancelled) await new Promise((resolve) => watch.once('cancelled', resolve));
    });
  });

  test('leaves the results out of snapshots, and asks for them when it wants them', async () => {
    await withScript([send([ended]), send([ended])], async (client, watches) => {
      for await (const { id } of client.watch('r')) assert.equal(id, 'r');
      await client.result('r');
      assert.deepEqual(
        watches.map(({ request }) => request.omitResults ?? false),
        [true, false],
      );
    });
  });
});
