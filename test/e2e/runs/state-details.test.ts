/** One state with its attempts, its runtime and what it was given; failures of a run in groups. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  GetStateResponse__Output,
  GroupFailuresResponse__Output,
  ListStatesResponse__Output,
} from '@fanout/proto';
import { expression, nodeTemplate } from '../../support/graphs.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem();
});
afterEach(() => system.disconnect());
after(() => system?.stop());

function details(stateId: string, includeInputs = true): Promise<GetStateResponse__Output> {
  return system.client.call((...more) => system.client.runs.getState({ stateId, includeInputs }, ...more));
}

function millis(time: { readonly seconds?: number; readonly nanos?: number } | undefined): number {
  return Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1_000_000;
}

function groups(runId: string): Promise<GroupFailuresResponse__Output> {
  return system.client.call((...more) => system.client.runs.groupFailures({ runId }, ...more));
}

test('a state tells its attempts, who executes it, and what it was given', async () => {
  const runtime = await system.connect(['Tell.split', 'Tell.work'], { runtimeName: 'teller' });
  const { client } = system;
  const runId = await client.start(
    'tell',
    {
      nodes: [
        nodeTemplate('split', ['work'], { node_name: 'Tell.split' }),
        nodeTemplate('work', ['merge'], {
          node_name: 'Tell.work',
          inputs: { film: expression('split.outputs.film') },
          retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 },
        }),
        nodeTemplate('merge', [], {
          node_name: 'Tell.merge',
          unites: { identifier: 'split' },
          inputs: { films: expression('work.outputs.film') },
        }),
      ],
    },
    { year: 1951 },
  );
  const root = await runtime.assignment();
  const { state, inputsJson } = await details(root.stateId!);
  assert.deepEqual(JSON.parse(inputsJson ?? ''), { year: 1951 });
  assert.deepEqual([state?.runtimeName, state?.status], ['teller', 'STATE_STATUS_QUEUED']);
  runtime.reportExecuted(root, [{ film: 'Quo Vadis?' }, { film: 'M' }]);
  const [first, second] = await runtime.assignments(2);
  runtime.reportErrored(first!, 'FLAKY');
  runtime.reportExecuted(second!, [{ film: 'M' }]);
  const again = await runtime.assignment();
  const failed = await details(first!.stateId!);
  assert.equal(failed.state?.nextAttemptStateId, again.stateId);
  assert.deepEqual(JSON.parse(failed.inputsJson ?? ''), JSON.parse(first!.inputsJson ?? ''));
  assert.deepEqual(
    failed.attempts?.map(({ stateId, attempt, status }) => [stateId, attempt, status]),
    [
      [first!.stateId, 1, 'STATE_STATUS_RETRY_CREATED'],
      [again.stateId, 2, 'STATE_STATUS_QUEUED'],
    ],
  );
  assert.equal(failed.state?.sessionId, state?.sessionId);
  await delay(60);
  runtime.reportExecuted(again, [{ film: 'Quo Vadis?' }]);
  const merge = await client.state(runId, 'merge', 'CREATED');
  const united = await details(merge.stateId!);
  assert.deepEqual(JSON.parse(united.inputsJson ?? ''), { films: ['Quo Vadis?', 'M'] });
  assert.equal(united.state?.sessionId ?? '', '');
  const { state: done } = await details(again.stateId!);
  const [created, started, ended] = [done?.createTime, done?.startTime, done?.endTime].map(millis);
  assert.ok(created! <= started! && started! + 50 <= ended!, `${created} ${started} ${ended}`);
  assert.equal(ended, millis(done?.updateTime));
  assert.deepEqual([united.state?.startTime, united.state?.endTime], [undefined, undefined]);
});

test('a sibling of a fan-out is a state of its own, and one beyond them is none', async () => {
  const runtime = await system.connect(['Many.node']);
  const runId = await system.client.start('many', {
    nodes: [nodeTemplate('many', [], { node_name: 'Many.node' })],
  });
  const root = await runtime.assignment();
  runtime.reportExecuted(root, [{ i: 0 }, { i: 1 }]);
  await system.client.end(runId);
  const { state } = await details(`${root.stateId}.1`, false);
  assert.deepEqual(JSON.parse(state?.outputJson ?? ''), { i: 1 });
  for (const [stateId, reason] of [
    [`${root.stateId}.2`, 'STATE_NOT_FOUND'],
    [`${runId}.9`, 'STATE_NOT_FOUND'],
    ['nothing.1', 'RUN_NOT_FOUND'],
    ['', 'FIELD_INVALID'],
  ] as const)
    assert.equal((await refusalOf(details(stateId))).reason, reason, stateId);
});

test('inputs that cannot be handed over say so instead', async () => {
  const runtime = await system.connect(['Big.node']);
  const text = 'x'.repeat(900_000);
  const runId = await system.client.start('big', {
    nodes: [
      nodeTemplate('big', ['next'], { node_name: 'Big.node' }),
      nodeTemplate('next', [], {
        node_name: 'Big.next',
        inputs: { all: Array.from({ length: 10 }, () => expression('big.outputs.text')) },
      }),
    ],
  });
  runtime.reportExecuted(await runtime.assignment(), [{ text }]);
  const next = await system.client.state(runId, 'next', 'CREATED');
  const { inputsJson, inputsFailure } = await details(next.stateId!);
  assert.deepEqual([inputsJson ?? '', inputsFailure?.code], ['', 'INPUT_TOO_LARGE']);
});

/** A run that splits in so many branches, whose failures `code` and `message` tell; undefined: the branch succeeds. */
async function failing(
  runtime: RawRuntime,
  name: string,
  failures: readonly ({ code: string; message: string } | undefined)[],
): Promise<string> {
  const runId = await system.client.start(name, {
    nodes: [
      nodeTemplate('split', ['work'], { node_name: 'Bad.split' }),
      nodeTemplate('work', [], { node_name: 'Bad.work', inputs: { i: expression('split.outputs.i') } }),
    ],
  });
  const outputs = failures.map((_, i) => ({ i }));
  runtime.reportExecuted(await runtime.assignment(), outputs);
  let left = failures.length;
  while (left > 0) {
    for (const lease of await runtime.assignments(1)) {
      const { i } = JSON.parse(lease.inputsJson ?? '') as { i: number };
      const failure = failures[i];
      if (failure) runtime.report(lease, { errored: { ...failure, notRetryable: true } });
      else runtime.reportExecuted(lease, [{}]);
      left--;
    }
  }
  await system.client.end(runId);
  return runId;
}

test('failures are grouped by code and by what their messages have in common', async () => {
  const runtime = await system.connect(['Bad.split', 'Bad.work']);
  const failures = Array.from({ length: 1_200 }, (_, i) => {
    if (i % 4 === 0) return undefined;
    if (i % 4 === 1) return { code: 'HTTP', message: `503 from http://films/${i} after ${i * 7} ms` };
    return { code: i % 4 === 2 ? 'HTTP' : 'NO_FILM', message: `no film called "film ${i} of many"` };
  });
  const runId = await failing(runtime, 'bad', failures);
  const { groups: found, incomplete } = await groups(runId);
  assert.deepEqual(
    found?.map(({ code, shape, count }) => [code, shape, count]).sort(),
    [
      ['HTTP', 'no film called …', 300],
      ['HTTP', '… from … after … ms', 300],
      ['NO_FILM', 'no film called …', 300],
    ].sort(),
  );
  assert.ok(!incomplete);
  // The states of one group are listed, in pages.
  const listed: string[] = [];
  let pageToken = '';
  do {
    const page = await system.client.call<ListStatesResponse__Output>((...more) =>
      system.client.runs.listStates({ runId, errorCode: 'NO_FILM', pageSize: 70, pageToken }, ...more),
    );
    listed.push(...(page.states ?? []).map(({ failure }) => failure?.code ?? ''));
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  assert.deepEqual([listed.length, new Set(listed)], [300, new Set(['NO_FILM'])]);
  const mixed = refusalOf(
    system.client.call((...more) =>
      system.client.runs.listStates({ runId, errorCode: 'HTTP', status: 'STATE_STATUS_SUCCESS' }, ...more),
    ),
  );
  assert.equal((await mixed).violations[0]?.field, 'error_code');
  for (const { example, identifier, firstTime, lastTime, code } of found ?? []) {
    assert.equal(identifier, 'work');
    assert.equal(example?.failure?.code, code);
    assert.ok(Number(firstTime?.seconds) <= Number(lastTime?.seconds));
  }
});

test('what is retried is in no group any more', async () => {
  const runtime = await system.connect(['Bad.split', 'Bad.work']);
  const runId = await failing(runtime, 'heal', [{ code: 'A', message: 'a' }, undefined]);
  assert.equal((await groups(runId)).groups?.length, 1);
  await system.client.call((...more) => system.client.runs.retryRun({ runId }, ...more));
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  await system.client.end(runId);
  assert.deepEqual((await groups(runId)).groups ?? [], []);
  assert.equal((await refusalOf(groups('nothing'))).reason, 'RUN_NOT_FOUND');
});
