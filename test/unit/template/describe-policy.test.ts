import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeNext } from '../../../services/state-manager/domain/graph/describe-policy.ts';
import type { UnitePolicy } from '../../../services/state-manager/domain/graph/unite-policy.ts';
import type { ScopeRecord } from '../../../services/state-manager/domain/run/scope-record.ts';

/** Ten branches: three have succeeded, one has failed, one was pruned, five are unfinished. */
const scope: ScopeRecord = {
  unite: 2,
  execution: 1,
  status: 'OPEN',
  isSealed: true,
  total: 10,
  unfinished: 5,
  succeeded: 3,
  failed: 1,
  pruned: 1,
  leftOut: 0,
  isCutOff: false,
  instances: 0,
  since: 1,
  generation: 1,
  fresh: 1,
  tokens: 1,
};
const timerAt = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

const next = (policy: Partial<UnitePolicy>, changes: Partial<ScopeRecord> = {}, at?: number): string =>
  describeNext(
    { strategy: 'ALL_SUCCESS', limit: 0, failFast: false, ...policy },
    { ...scope, ...changes },
    at,
  );

const rest = '; 5 of 10 branches are unfinished';

describe('what happens next', () => {
  test('names the branches that are lacking, and how many may fail', () => {
    assert.equal(next({ strategy: 'ALL_DONE' }), `it fires when all branches have finished${rest}`);
    assert.equal(
      next({ limit: 3 }),
      `it fires when all branches have finished and at most 2 more failed${rest}`,
    );
    assert.equal(
      next({}),
      `it gives up when all branches have finished, since 1 failed and 0 are tolerated${rest}`,
    );
    assert.equal(
      next({ strategy: 'QUORUM', limit: '50%' }),
      `it fires when 2 more branches have succeeded, 5 in all${rest}`,
    );
    assert.equal(
      next({ strategy: 'QUORUM', limit: 9 }),
      `it gives up when all branches have finished, since 9 cannot succeed any more${rest}`,
    );
  });

  test('says when it gives up early', () => {
    assert.match(
      next({ limit: 2, failFast: true }),
      /at most 1 more failed; it gives up as soon as 2 more have failed;/,
    );
    assert.match(
      next({ strategy: 'QUORUM', limit: 6, failFast: true }),
      /it gives up as soon as 3 of the others have ended without success;/,
    );
  });

  test('says when its time is over, and when a window fires', () => {
    assert.equal(
      next({ strategy: 'ALL_DONE', timeoutMs: 100 }, {}, timerAt),
      `it fires when all branches have finished; at 2026-01-02T03:04:05.006Z it decides over what has finished by then${rest}`,
    );
    assert.equal(
      next({ strategy: 'ALL_DONE', window: { count: 4, intervalMs: 100 } }, {}, timerAt),
      'a window fires when 3 more branches have succeeded; ' +
        'at 2026-01-02T03:04:05.006Z a window fires for what has newly succeeded by then, if anything has; ' +
        `the last one fires when all branches have finished${rest}`,
    );
  });

  test('takes no percentage of branches whose number nobody knows yet', () => {
    const open = { isSealed: false };
    assert.match(
      next({ strategy: 'QUORUM', limit: '50%' }, open),
      /^it fires when 50% of the branches have succeeded, once/,
    );
    assert.match(
      next({ limit: '10%' }, open),
      /at most 10% of them failed; .* so far are unfinished, and more may come$/,
    );
    assert.match(
      next({ strategy: 'QUORUM', limit: 9, failFast: true }, open),
      /^it fires when 6 more .* in all; 5 of 10/,
    );
  });

  test('is nothing once it is decided', () => {
    for (const status of ['FIRED', 'GAVE_UP', 'CANCELLED'] as const)
      assert.match(next({}, { status }), /^nothing: it/);
  });
});
