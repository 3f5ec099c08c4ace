import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as wire from '@fanout/proto';
import { fanoutV1 } from '@fanout/proto';
import * as fc from 'fast-check';
import type * as storeModel from '../../../services/state-manager/domain/model/store.ts';
import type { StoreChange } from '../../../services/state-manager/domain/model/store.ts';
import { assertNever } from '../../../services/state-manager/errors.ts';
import { decodeReports } from '../../../services/state-manager/transport/codec/reports.ts';
import {
  decodeChangeStore,
  decodeReadStore,
  encodeChangeStore,
  encodeReadStore,
  encodeStore,
} from '../../../services/state-manager/transport/codec/store.ts';
import { holds, id, json, lease, plain, refusal, sent } from './codec-samples.ts';

const plainly = { noNullPrototype: true };
const change: fc.Arbitrary<StoreChange> = fc.oneof(
  fc.record({ key: id, kind: fc.constant('set' as const), json }, plainly),
  fc.record({ key: id, kind: fc.constant('delete' as const) }, plainly),
  fc.record({ key: id, kind: fc.constant('increment' as const), by: fc.double() }, plainly),
  fc.record({ key: id, kind: fc.constant('append' as const), json }, plainly),
);

function write(one: StoreChange): wire.StoreChange {
  const { key } = one;
  switch (one.kind) {
    case 'set':
      return { key, setJson: one.json };
    case 'delete':
      return { key, delete: true };
    case 'increment':
      return { key, increment: one.by };
    case 'append':
      return { key, appendJson: one.json };
    default:
      return assertNever(one);
  }
}

test('the changes of a report arrive as they were sent, numbers that are none included', () => {
  holds(
    fc.property(lease, fc.array(change, { minLength: 1, maxLength: 5 }), ({ ...held }, storeChanges) => {
      const report = { ...held, executed: {}, storeChanges: storeChanges.map(write) };
      const [decoded] = decodeReports([sent(fanoutV1.Report, report)], 1_000);
      assert.deepEqual(decoded?.storeChanges, storeChanges);
    }),
  );
});

test('a report with a change that says nothing fails its state', () => {
  for (const nothing of [{}, { key: 'k' }, { key: 'k', delete: false }]) {
    const report = {
      stateId: 's',
      leaseToken: 't',
      executed: {},
      storeChanges: [write({ key: 'k', kind: 'delete' }), nothing],
    };
    const [decoded] = decodeReports([sent(fanoutV1.Report, report)], 1_000);
    assert.ok(decoded?.outcome.kind === 'invalid');
    assert.equal(decoded.outcome.failure.code, 'STORE_INVALID');
    assert.equal(decoded.storeChanges, undefined);
  }
});

test('a change that is asked for arrives as it was sent', () => {
  const expected: fc.Arbitrary<storeModel.StoreExpectation> = fc.oneof(
    fc.record({ kind: fc.constant('json' as const), json }, plainly),
    fc.record({ kind: fc.constant('absent' as const) }, plainly),
  );
  holds(
    fc.property(
      lease,
      change,
      fc.option(expected),
      fc.maxSafeInteger(),
      ({ ...held }, one, expectation, number) => {
        const message: wire.ChangeStoreRequest = {
          ...held,
          change: write(one),
          expected:
            expectation === null
              ? null
              : expectation.kind === 'json'
                ? { json: expectation.json }
                : { absent: true },
          changeNumber: Math.abs(number),
        };
        assert.deepEqual(decodeChangeStore(sent(fanoutV1.ChangeStoreRequest, message)), {
          lease: held,
          request: { change: one, ...(expectation && { expected: expectation }), number: Math.abs(number) },
        });
      },
    ),
  );
});

test('a malformed request is refused with the field that is malformed', () => {
  const held = { stateId: 's', leaseToken: 't' };
  const set = { key: 'k', setJson: '1' };
  const cases: readonly [wire.ChangeStoreRequest, string][] = [
    [held, 'change'],
    [{ ...held, change: { key: 'k' } }, 'change'],
    [{ ...held, change: set, expected: { absent: false } }, 'expected'],
    [{ ...held, change: set, changeNumber: -1 }, 'change_number'],
    [{ change: set, leaseToken: 't' }, 'state_id'],
    [{ change: set, stateId: 's', leaseToken: 'a:b' }, 'lease_token'],
  ];
  for (const [request, field] of cases) {
    const message = sent(fanoutV1.ChangeStoreRequest, request);
    assert.throws(() => decodeChangeStore(message), refusal('FIELD_INVALID', field), field);
  }
  for (const keys of [[], Array<string>(101).fill('k')]) {
    const message = sent(fanoutV1.ReadStoreRequest, { ...held, keys });
    assert.throws(() => decodeReadStore(message), refusal('FIELD_INVALID', 'keys'));
  }
});

test('answers arrive as they were sent', () => {
  const entry = fc.record({ key: id, valueJson: json }, plainly);
  holds(
    fc.property(
      fc.array(entry),
      fc.boolean(),
      fc.option(json, { nil: undefined }),
      (entries, applied, valueJson) => {
        const page = sent(fanoutV1.GetStoreResponse, encodeStore({ items: entries, nextPageToken: 'next' }));
        assert.deepEqual([plain(page.entries ?? []), page.nextPageToken], [plain(entries), 'next']);
        const read = sent(fanoutV1.ReadStoreResponse, encodeReadStore({ entries, lookedUp: 7 }));
        assert.deepEqual([plain(read.entries ?? []), read.lookedUp], [plain(entries), 7]);
        const answer = sent(
          fanoutV1.ChangeStoreResponse,
          encodeChangeStore({ applied, ...(valueJson !== undefined && { valueJson }) }),
        );
        assert.deepEqual([answer.applied ?? false, answer.valueJson], [applied, valueJson]);
      },
    ),
  );
});
