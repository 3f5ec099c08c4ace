/** Controls of runs, and answers about unites, on the wire. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fanoutV1 } from '@fanout/proto';
import * as fc from 'fast-check';
import type { UniteScope } from '../../../services/state-manager/domain/model/unite.ts';
import {
  decodeCancelRun,
  decodeControlTarget,
  decodeCorrections,
  decodeRetryRun,
} from '../../../services/state-manager/transport/codec/control.ts';
import {
  charactersOfScope,
  decodeExplainUnite,
  encodeUniteScope,
} from '../../../services/state-manager/transport/codec/unites.ts';
import {
  count,
  duration,
  holds,
  id,
  instant,
  instantOf,
  plain,
  refusal,
  sent,
  text,
} from './codec-samples.ts';

const run = { runId: 'r' };

test('a control acts on a run, or on what grew from a state or from its execution', () => {
  const cases = [
    [{}, {}],
    [{ stateId: 'r.7' }, { below: { stateId: 'r.7', fanOut: false } }],
    [{ stateId: 'r.7.1', fanOut: true }, { below: { stateId: 'r.7.1', fanOut: true } }],
  ] as const;
  for (const [fields, expected] of cases) {
    const target = { ...run, ...expected };
    assert.deepEqual(decodeControlTarget(sent(fanoutV1.PauseRunRequest, { ...run, ...fields })), target);
    assert.deepEqual(decodeControlTarget(sent(fanoutV1.ResumeRunRequest, { ...run, ...fields })), target);
    const request = { ...run, ...fields, reason: 'too late' };
    assert.deepEqual(decodeCancelRun(sent(fanoutV1.CancelRunRequest, request)), {
      target,
      reason: 'too late',
    });
    const retry = { ...run, ...fields, below: 'stateId' in fields };
    assert.deepEqual(decodeRetryRun(sent(fanoutV1.RetryRunRequest, retry)), { kind: 'failed', ...target });
  }
  assert.deepEqual(decodeRetryRun(sent(fanoutV1.RetryRunRequest, { ...run, stateId: 'r.7' })), {
    kind: 'state',
    runId: 'r',
    stateId: 'r.7',
  });
});

test('a retry has the inputs of each state once, as a JSON object', () => {
  const decode = (...corrections: { stateId?: string; inputsJson?: string }[]) =>
    decodeCorrections(sent(fanoutV1.RetryRunRequest, { ...run, corrections }));
  assert.deepEqual(decode(), []);
  assert.deepEqual(decode({ stateId: 'r.7', inputsJson: '{"a":1}' }, { stateId: 'r.8' }), [
    { stateId: 'r.7', inputsJson: '{"a":1}' },
    { stateId: 'r.8', inputsJson: '{}' },
  ]);
  assert.throws(() => decode({ stateId: '' }), refusal('FIELD_INVALID', 'corrections[0].state_id'));
  const twice = { stateId: 'r.7', inputsJson: '{}' };
  assert.throws(
    () => decode(twice, twice),
    refusal('FIELD_INVALID', 'corrections[1].state_id is r.7 again: give each state once'),
  );
  const list = { stateId: 'r.7', inputsJson: '[]' };
  assert.throws(
    () => decode(list),
    refusal('INPUT_INVALID', 'corrections[0].inputs_json must be a JSON object'),
  );
  const many = Array.from({ length: 101 }, (_, i) => ({ stateId: `r.${i}`, inputsJson: '{}' }));
  assert.throws(
    () => decode(...many),
    refusal('FIELD_INVALID', 'corrections has 101 states, 100 are allowed'),
  );
});

test('a control that does not say what it acts on is refused with the field', () => {
  const controls = [
    [{}, 'run_id'],
    [{ ...run, stateId: 'a b' }, 'state_id'],
    [{ ...run, fanOut: true }, 'fan_out needs a state_id'],
  ] as const;
  for (const [request, message] of controls) {
    const decode = () => decodeControlTarget(sent(fanoutV1.PauseRunRequest, request));
    assert.throws(decode, refusal('FIELD_INVALID', message), message);
  }
  const reason = 'x'.repeat(1_025);
  assert.throws(
    () => decodeCancelRun(sent(fanoutV1.CancelRunRequest, { ...run, reason })),
    refusal('FIELD_INVALID', 'reason has 1025 characters'),
  );
  const retries = [
    [{ ...run, below: true }, 'below needs a state_id'],
    [{ ...run, stateId: 'r.7', fanOut: true }, 'fan_out needs below'],
    [{ ...run, stateId: 'a b' }, 'state_id'],
    [{ stateId: 'r.7' }, 'run_id'],
  ] as const;
  for (const [request, message] of retries) {
    const decode = () => decodeRetryRun(sent(fanoutV1.RetryRunRequest, request));
    assert.throws(decode, refusal('FIELD_INVALID', message), message);
  }
});

test('a question about unites names a run, and perhaps a state and a place', () => {
  const question = (fields: object) =>
    decodeExplainUnite(sent(fanoutV1.ExplainUniteRequest, fields)).question;
  assert.deepEqual(question(run), run);
  const all = { ...run, stateId: 'r.7', identifier: 'merge' };
  assert.deepEqual(question(all), all);
  assert.throws(() => question({}), refusal('FIELD_INVALID', 'run_id'));
  assert.throws(() => question({ ...run, identifier: 'a b' }), refusal('FIELD_INVALID', 'identifier'));
});

const counts = fc.record({
  ...{ total: count, succeeded: count, failed: count, pruned: count, unfinished: count, leftOut: count },
});
const window = fc.record(
  { count: fc.integer({ min: 1, max: 9 }), intervalMs: duration },
  { requiredKeys: [] },
);
const policy = fc.record(
  {
    text,
    strategy: fc.constantFrom('ALL_SUCCESS' as const, 'ALL_DONE' as const, 'QUORUM' as const),
    failFast: fc.boolean(),
    minSuccess: count,
    toleratedFailures: count,
    timeoutMs: duration,
    window,
  },
  { requiredKeys: ['text', 'strategy', 'failFast'] },
);
const unfinished = fc.record(
  {
    stateId: id,
    identifier: id,
    status: fc.constantFrom('CREATED' as const, 'QUEUED' as const, 'EXECUTED' as const),
    attempt: fc.integer({ min: 1, max: 9 }),
    dueAt: instant,
    sessionId: id,
    progress: id,
  },
  { requiredKeys: ['stateId', 'identifier', 'status', 'attempt'] },
);
const missing = fc.record({
  index: count,
  unfinishedStates: count,
  states: fc.array(unfinished, { maxLength: 3 }),
});
const scope: fc.Arbitrary<UniteScope> = fc.record(
  {
    unitingIdentifier: id,
    unitingStateId: id,
    unitedIdentifier: id,
    unitedStateId: id,
    status: fc.constantFrom('OPEN' as const, 'FIRED' as const, 'GAVE_UP' as const, 'CANCELLED' as const),
    generation: fc.integer({ min: 1, max: 9 }),
    policy,
    counts,
    isSealed: fc.boolean(),
    deadlineAt: instant,
    next: text,
    missing: fc.array(missing, { maxLength: 3 }),
    reasons: fc.array(fc.record({ identifier: id, code: id, message: text, count }), { maxLength: 3 }),
  },
  {
    requiredKeys: [
      'unitingIdentifier',
      'unitedIdentifier',
      'unitedStateId',
      'status',
      'generation',
      'policy',
      'counts',
      'isSealed',
      'next',
      'missing',
      'reasons',
    ],
  },
);

test('what is told of a unite arrives as it was sent, and is no longer than it is reckoned', () => {
  holds(
    fc.property(scope, (told) => {
      const encoded = encodeUniteScope(told);
      const bytes = fanoutV1.UniteScope.serialize(encoded).length;
      assert.ok(bytes <= 3 * charactersOfScope(told) + 512, `${bytes} bytes`);
      const found = sent(fanoutV1.UniteScope, encoded);
      assert.deepEqual(
        [found.unitingIdentifier, found.unitingStateId ?? '', found.unitedIdentifier, found.unitedStateId],
        [told.unitingIdentifier, told.unitingStateId ?? '', told.unitedIdentifier, told.unitedStateId],
      );
      assert.equal(found.status, `UNITE_SCOPE_STATUS_${told.status}`);
      assert.deepEqual(
        [found.generation, found.sealed ?? false, found.next ?? ''],
        [told.generation, told.isSealed, told.next],
      );
      assert.equal(found.deadline && instantOf(found.deadline), told.deadlineAt);
      assert.deepEqual(
        (found.reasons ?? []).map((one) => [
          ...[one.identifier, one.code, one.message ?? '', one.count ?? 0],
        ]),
        told.reasons.map((one) => [one.identifier, one.code, one.message, one.count]),
      );
      const zero = { total: 0, succeeded: 0, failed: 0, pruned: 0, unfinished: 0, leftOut: 0 };
      assert.deepEqual({ ...zero, ...found.counts }, plain(told.counts));

      assert.equal(found.policy?.strategy, `UNITE_STRATEGY_${told.policy.strategy}`);
      assert.deepEqual(
        [
          found.policy?.text ?? '',
          found.policy?.minSuccess ?? 0,
          found.policy?.toleratedFailures ?? 0,
          found.policy?.failFast ?? false,
          found.policy?.windowCount ?? 0,
        ],
        [
          told.policy.text,
          told.policy.minSuccess ?? 0,
          told.policy.toleratedFailures ?? 0,
          told.policy.failFast,
          told.policy.window?.count ?? 0,
        ],
      );
      const { timeout, windowInterval } = found.policy ?? {};
      assert.equal(timeout && instantOf(timeout), told.policy.timeoutMs);
      assert.equal(windowInterval && instantOf(windowInterval), told.policy.window?.intervalMs);

      const branches = (found.missing ?? []).map((branch) => ({
        index: branch.index ?? 0,
        unfinishedStates: branch.unfinishedStates ?? 0,
        states: (branch.states ?? []).map((state) => ({
          stateId: state.stateId,
          identifier: state.identifier,
          status: (state.status ?? '').replace('STATE_STATUS_', ''),
          attempt: state.attempt,
          ...(state.dueTime && { dueAt: instantOf(state.dueTime) }),
          ...(state.sessionId && { sessionId: state.sessionId }),
          ...(state.progress && { progress: state.progress }),
        })),
      }));
      assert.deepEqual(plain(branches), plain(told.missing));
    }),
  );
});
