import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as wire from '@fanout/proto';
import { fanoutV1 } from '@fanout/proto';
import * as fc from 'fast-check';
import type * as runModel from '../../../services/state-manager/domain/model/run.ts';
import type * as stateModel from '../../../services/state-manager/domain/model/state.ts';
import { stateStatuses } from '../../../services/state-manager/domain/model/state.ts';
import { isId, readPage } from '../../../services/state-manager/transport/codec/fields.ts';
import { encodeGraph } from '../../../services/state-manager/transport/codec/graphs.ts';
import { encodeRuntime } from '../../../services/state-manager/transport/codec/nodes.ts';
import {
  decodeListRuns,
  decodeTriggerRun,
  encodeRun,
  encodeWait,
} from '../../../services/state-manager/transport/codec/runs.ts';
import {
  decodeGetState,
  decodeListStates,
  encodeFailureGroups,
  encodeState,
  encodeStateDetails,
} from '../../../services/state-manager/transport/codec/states.ts';
import {
  fromDuration,
  toDuration,
  toTimestamp,
} from '../../../services/state-manager/transport/codec/time.ts';
import { decodeCreateToken, encodeToken } from '../../../services/state-manager/transport/codec/tokens.ts';
import {
  capacity,
  count,
  holds,
  id,
  instant,
  instantOf,
  json,
  plain,
  refusal,
  sent,
  text,
} from './codec-samples.ts';

test('graphs, runs, states, nodes, runtimes and tokens arrive as they were sent', () => {
  holds(
    fc.property(
      id,
      text,
      instant,
      count,
      capacity,
      fc.constantFrom(...stateStatuses),
      (name, words, at, number, limits, status) => {
        const createTime = toTimestamp(at);
        const graph = { namespace: name, name, version: number + 1, templateJson: words, createdAt: at };
        const { version, templateJson, ...graphSent } = sent(fanoutV1.Graph, encodeGraph(graph));
        assert.deepEqual([version, templateJson ?? ''], [graph.version, words]);
        assert.equal(instantOf(graphSent.createTime ?? {}), at);

        const byStatus = Object.fromEntries(
          stateStatuses.map((each, index) => [each, index + number]),
        ) as Record<stateModel.StateStatus, number>;
        const run = sent(
          fanoutV1.Run,
          encodeRun({
            runId: name,
            namespace: name,
            graphName: name,
            graphVersion: 1,
            status: 'PAUSED',
            priority: -7,
            createdAt: at,
            endedAt: at + 1,
            stateCount: number,
            counts: [
              {
                identifier: name,
                nodeName: name,
                byStatus,
                superseded: number + 8,
                executions: number + 9,
                outputs: number + 10,
                retries: number + 11,
                waitingTimes: undefined,
                runningTimes: { counts: [0, number + 1], boundsMs: [1, 4], p50Ms: 2.5, p95Ms: 3.75 },
              },
            ],
            labels: new Map([['film', name]]),
            triggerKind: 'CRON',
          }),
        );
        assert.equal(run.status, 'RUN_STATUS_PAUSED');
        assert.equal(run.priority, -7);
        assert.deepEqual([plain(run.labels), run.triggerKind], [{ film: name }, 'TRIGGER_KIND_CRON']);
        assert.equal(instantOf(run.endTime ?? {}), at + 1);
        const [counts] = run.counts ?? [];
        const { identifier, nodeName, ...numbers } = counts ?? {};
        assert.deepEqual([identifier, nodeName], [name, name]);
        assert.deepEqual(
          { created: 0, ...numbers },
          {
            created: number,
            queued: number + 1,
            executed: number + 2,
            success: number + 3,
            errored: number + 4,
            retryCreated: number + 5,
            pruned: number + 6,
            cancelled: number + 7,
            superseded: number + 8,
            executions: number + 9,
            outputs: number + 10,
            retries: number + 11,
            runningTimes: { counts: [0, number + 1], boundsMs: [1, 4], p50Ms: 2.5, p95Ms: 3.75 },
          },
        );

        const state = sent(
          fanoutV1.State,
          encodeState({
            stateId: name,
            runId: name,
            identifier: name,
            nodeName: name,
            status,
            attempt: 2,
            path: '0.0',
            parents: { [name]: name },
            outputJson: words,
            failure: { code: 'X', message: words },
            updatedAt: at,
            createdAt: at,
            startedAt: at + 1,
            endedAt: at + 2,
            dueAt: at,
            progress: words,
            isSuperseded: status === 'ERRORED',
            sessionId: name,
            runtimeName: words,
            nextAttemptStateId: name,
          }),
        );
        assert.deepEqual(
          [state.sessionId, state.runtimeName ?? '', state.nextAttemptStateId],
          [name, words, name],
        );
        assert.deepEqual(
          [state.createTime, state.startTime, state.endTime].map((time) => instantOf(time ?? {})),
          [at, at + 1, at + 2],
        );
        assert.equal(state.progress ?? '', words);
        assert.equal(state.superseded ?? false, status === 'ERRORED');
        assert.equal(state.status, `STATE_STATUS_${status}`);
        assert.deepEqual(state.parents, { [name]: name });
        assert.deepEqual([state.outputJson ?? '', state.failure?.message ?? ''], [words, words]);
        assert.deepEqual([instantOf(state.updateTime ?? {}), instantOf(state.dueTime ?? {})], [at, at]);

        const runtime = sent(
          fanoutV1.ConnectedRuntime,
          encodeRuntime({
            sessionId: name,
            runtimeName: name,
            language: 'go',
            nodeNames: [name],
            capacity: limits,
            inFlight: number,
            connectedAt: at,
            isDraining: true,
          }),
        );
        assert.deepEqual(plain(runtime.capacity?.perNode ?? {}), plain(limits.perNode));
        assert.deepEqual([runtime.inFlight ?? 0, runtime.draining], [number, true]);

        const token = sent(
          fanoutV1.Token,
          encodeToken({ tokenId: name, namespace: name, role: 'client', createdAt: at }),
        );
        assert.equal(token.role, 'ROLE_CLIENT');
        assert.deepEqual({ seconds: 0, nanos: 0, ...token.createTime }, createTime);
        assert.equal(token.expireTime, undefined);
      },
    ),
  );
});

test('a trigger arrives as it was sent', () => {
  const label = id.map((each) => each.slice(0, 63)).filter((each) => each !== '__proto__');
  const trigger: fc.Arbitrary<Required<Omit<runModel.TriggerRequest, 'startAt'>>> = fc.record({
    namespace: id,
    graphName: id,
    inputsJson: fc.oneof(
      fc.constant(''),
      fc.dictionary(text, fc.jsonValue()).map((inputs) => JSON.stringify(inputs)),
    ),
    storeJson: fc.array(fc.tuple(id, json)).map((entries) => new Map(entries)),
    idempotencyKey: text,
    priority: fc.integer({ min: -100, max: 100 }),
    traceparent: fc.constantFrom('', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
    labels: fc.array(fc.tuple(label, label), { maxLength: 8 }).map((entries) => new Map(entries)),
    kind: fc.constant('API'),
  });
  holds(
    fc.property(trigger, ({ storeJson, labels: labelled, ...request }) => {
      const message = {
        ...request,
        storeJson: Object.fromEntries(storeJson),
        labels: Object.fromEntries(labelled),
      };
      const arrived = decodeTriggerRun(sent(fanoutV1.TriggerRunRequest, message), request.namespace);
      const { storeJson: store, labels, ...rest } = arrived;
      assert.deepEqual(plain(rest), plain(request));
      assert.deepEqual(new Map([...store].sort()), new Map([...storeJson].sort()));
      assert.deepEqual([...labels!], [...labelled].sort());
    }),
  );
});

test('a malformed trigger is refused with the field that is malformed', () => {
  const cases: [wire.TriggerRunRequest, string][] = [
    [{}, 'graph_name'],
    [{ graphName: 'a}b{' }, 'graph_name'],
    [{ graphName: 'g', inputsJson: '[1]' }, 'inputs_json'],
    [{ graphName: 'g', inputsJson: 'null' }, 'inputs_json'],
    [{ graphName: 'g', inputsJson: '{' }, 'inputs_json'],
    [{ graphName: 'g', inputsJson: `{"a":${'['.repeat(64)}${']'.repeat(64)}}` }, 'inputs_json'],
    [{ graphName: 'g', idempotencyKey: 'k'.repeat(257) }, 'idempotency_key'],
    [{ graphName: 'g', priority: 101 }, 'priority'],
    [{ graphName: 'g', priority: -101 }, 'priority'],
    [{ graphName: 'g', traceparent: 'x\r\ny' }, 'traceparent'],
    [{ graphName: 'g', startTime: { seconds: -1 } }, 'start_time'],
    [{ graphName: 'g', startTime: toTimestamp(Date.UTC(10_000, 0, 1)) }, 'start_time'],
    [{ graphName: 'g', startTime: { seconds: Number.MAX_SAFE_INTEGER } }, 'start_time'],
  ];
  for (const [request, field] of cases) {
    assert.throws(
      () => decodeTriggerRun(sent(fanoutV1.TriggerRunRequest, request), 'default'),
      refusal('FIELD_INVALID', field),
      field,
    );
  }
});

test('pages, filters and lifetimes have their defaults and their bounds', () => {
  assert.deepEqual(readPage({}), { pageSize: 100, pageToken: '' });
  assert.deepEqual(readPage({ pageSize: 1_000, pageToken: 'x' }), { pageSize: 1_000, pageToken: 'x' });
  assert.throws(() => readPage({ pageSize: 1_001 }), refusal('FIELD_INVALID', 'page_size'));
  assert.throws(() => readPage({ pageSize: -1 }), refusal('FIELD_INVALID', 'page_size'));
  assert.throws(() => readPage({ pageToken: 'x'.repeat(3_000) }), refusal('PAGE_TOKEN_INVALID'));
  const page = { pageSize: 100, pageToken: '' };
  assert.deepEqual(decodeListRuns(sent(fanoutV1.ListRunsRequest, {})), { filter: {}, page });
  assert.deepEqual(
    decodeListRuns(sent(fanoutV1.ListRunsRequest, { graphName: 'g', status: 'RUN_STATUS_FAILED' })),
    { filter: { graphName: 'g', status: 'FAILED' }, page },
  );
  assert.deepEqual(
    decodeListStates(
      sent(fanoutV1.ListStatesRequest, { runId: 'r', status: 'STATE_STATUS_RETRY_CREATED', pageSize: 7 }),
    ),
    { runId: 'r', filter: { statuses: ['RETRY_CREATED'] }, page: { pageSize: 7, pageToken: '' } },
  );
  const all = sent(fanoutV1.ListStatesRequest, { runId: 'r', includeSuperseded: true });
  assert.deepEqual(decodeListStates(all).filter, { includeSuperseded: true });
  assert.throws(
    () => decodeListStates({ runId: 'r', status: 99 as never }),
    refusal('FIELD_INVALID', 'status'),
  );
  assert.deepEqual(decodeCreateToken(sent(fanoutV1.CreateTokenRequest, { role: 'ROLE_ADMIN' })), {
    role: 'admin',
    ttlMs: undefined,
  });
  assert.deepEqual(
    decodeCreateToken(sent(fanoutV1.CreateTokenRequest, { role: 'ROLE_RUNTIME', ttl: { seconds: 60 } })),
    { role: 'runtime', ttlMs: 60_000 },
  );
  assert.throws(() => decodeCreateToken({}), refusal('FIELD_INVALID', 'role'));
  assert.throws(
    () => decodeCreateToken({ role: 'ROLE_ADMIN', ttl: { seconds: -1 } }),
    refusal('FIELD_INVALID', 'ttl'),
  );
});

test('an id is what the rule says', () => {
  holds(
    fc.property(fc.oneof(id, fc.string({ maxLength: 140 })), (candidate) =>
      assert.equal(isId(candidate), /^[A-Za-z0-9_.-]{1,128}$/.test(candidate) && !candidate.endsWith('\n')),
    ),
  );
});

test('durations come back to the millisecond', () => {
  holds(fc.property(fc.nat({ max: 2 ** 31 - 1 }), (ms) => assert.equal(fromDuration(toDuration(ms)), ms)));
});

test('waits, failure groups and details of a state arrive as they were sent', () => {
  holds(
    fc.property(id, text, instant, count, json, (name, words, at, number, inputs) => {
      const wait = {
        identifier: name,
        nodeName: name,
        reason: 'DUE' as const,
        count: number,
        dueAt: at,
        text: words,
      };
      const { dueTime, ...waited } = sent(fanoutV1.Wait, encodeWait(wait));
      assert.equal(instantOf(dueTime ?? {}), at);
      assert.deepEqual(
        { count: 0, text: '', ...waited },
        { identifier: name, nodeName: name, reason: 'WAIT_REASON_DUE', count: number, text: words },
      );

      const state: stateModel.State = {
        stateId: name,
        runId: name,
        identifier: name,
        nodeName: name,
        status: 'ERRORED',
        attempt: 1,
        path: '',
        parents: {},
        updatedAt: at,
        createdAt: at,
        isSuperseded: false,
      };
      const group = {
        identifier: name,
        nodeName: name,
        code: name,
        shape: words,
        count: number,
        firstAt: at,
        lastAt: at + 1,
        example: state,
      };
      const grouped = sent(
        fanoutV1.GroupFailuresResponse,
        encodeFailureGroups({ groups: [group], groupsLeftOut: number, isIncomplete: true }),
      );
      const [first] = grouped.groups ?? [];
      assert.deepEqual([grouped.groupsLeftOut ?? 0, grouped.incomplete], [number, true]);
      assert.deepEqual([first?.code, first?.shape ?? '', first?.count ?? 0], [name, words, number]);
      assert.deepEqual([instantOf(first?.firstTime ?? {}), instantOf(first?.lastTime ?? {})], [at, at + 1]);
      assert.equal(first?.example?.stateId, name);

      const details = sent(
        fanoutV1.GetStateResponse,
        encodeStateDetails({
          state,
          attempts: [state, state],
          inputs: { json: inputs, united: [name], corrected: [name] },
        }),
      );
      assert.deepEqual(
        [details.attempts?.length, details.inputsJson, details.unitedInputs, details.correctedInputs],
        [2, inputs, [name], [name]],
      );
      const failed = sent(
        fanoutV1.GetStateResponse,
        encodeStateDetails({ state, attempts: [], inputs: { failure: { code: name, message: words } } }),
      );
      assert.deepEqual([failed.inputsFailure?.code, failed.inputsJson ?? ''], [name, '']);
    }),
  );
  assert.throws(() => decodeGetState({ stateId: '' }), refusal('FIELD_INVALID', 'state_id'));
  assert.deepEqual(decodeGetState({ stateId: 'a.1', includeInputs: true }), {
    stateId: 'a.1',
    includeInputs: true,
  });
});
