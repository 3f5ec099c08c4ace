import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Branch, type Decision, judge } from './judge.ts';
import type { Policy } from './model-graph.ts';
import { type Moment, mayFire, mayGiveUp } from './policy.ts';

function moment(fields: Partial<Moment>): Moment {
  return { succeeded: 0, failed: 0, pruned: 0, unfinished: 0, doomed: 0, isSealed: true, ...fields };
}

/** Branches by the first letter of their end; in capitals: they may be late; `d`: cut with a failure. */
function branches(text: string): Branch[] {
  const ends = { s: 'succeeded', f: 'failed', p: 'pruned', c: 'cut', d: 'cut' } as const;
  return [...text].map((letter) => {
    const key = letter.toLowerCase() as keyof typeof ends;
    return { end: ends[key], hasFailure: 'fd'.includes(key), mayBeLate: letter !== key };
  });
}

const fired: Decision = {
  hasFired: true,
  listed: undefined,
  counts: undefined,
  partial: undefined,
  isSealed: true,
};
const givenUp: Decision = { ...fired, hasFired: false };

function allows(policy: Policy, text: string, seen: Decision): boolean {
  return judge(policy, branches(text), seen).length === 0;
}

test('a percentage is of the sealed total without pruned branches; a quorum rounds up, tolerance rounds down', () => {
  const quorum: Policy = { strategy: 'QUORUM', minSuccess: '80%' };
  assert.ok(!mayFire(quorum, moment({ succeeded: 3, unfinished: 1 })), '80% of 4 are 4');
  assert.ok(mayFire(quorum, moment({ succeeded: 3, pruned: 1 })), '80% of 3 are 3');
  assert.ok(mayFire({ strategy: 'QUORUM', minSuccess: '7%' }, moment({ succeeded: 7, unfinished: 93 })));
  const tolerant: Policy = { strategy: 'ALL_SUCCESS', toleratedFailures: '34%' };
  assert.ok(mayFire(tolerant, moment({ succeeded: 2, failed: 1 })), '34% of 3 are 1');
  assert.ok(!mayFire(tolerant, moment({ succeeded: 1, failed: 1, pruned: 1 })), '34% of 2 are 0');
});

test('K = 0: both ALL_ strategies fire, a quorum of 1 gives up', () => {
  assert.ok(mayFire({ strategy: 'ALL_SUCCESS' }, moment({})));
  assert.ok(mayFire({ strategy: 'ALL_DONE' }, moment({})));
  const quorum: Policy = { strategy: 'QUORUM', minSuccess: 1 };
  assert.ok(!mayFire(quorum, moment({})));
  assert.ok(mayGiveUp(quorum, moment({})));
});

test('without a timeout, nothing but a quorum fires while a branch is unfinished', () => {
  assert.ok(!allows({ strategy: 'ALL_DONE' }, 'ssc', fired));
  assert.ok(!allows({ strategy: 'ALL_SUCCESS', toleratedFailures: 2 }, 'ssc', fired));
  assert.ok(allows({ strategy: 'QUORUM', minSuccess: 2 }, 'ssc', fired));
  assert.ok(!allows({ strategy: 'QUORUM', minSuccess: 3 }, 'ssc', fired));
});

test('a timeout lets the strategy decide over the finished branches, and makes the firing partial', () => {
  const partial = { ...fired, partial: true };
  assert.ok(allows({ strategy: 'ALL_DONE', timeoutMs: 10 }, 'sfc', partial));
  assert.ok(!allows({ strategy: 'ALL_DONE', timeoutMs: 10 }, 'sfc', { ...fired, partial: false }));
  assert.ok(!allows({ strategy: 'ALL_DONE', timeoutMs: 10 }, 'sfs', partial));
  assert.ok(allows({ strategy: 'ALL_SUCCESS', timeoutMs: 10 }, 'ssc', partial));
  assert.ok(!allows({ strategy: 'ALL_SUCCESS', timeoutMs: 10 }, 'sfc', partial));
  assert.ok(allows({ strategy: 'ALL_SUCCESS', timeoutMs: 10 }, 'sfc', givenUp));
  assert.ok(allows({ strategy: 'QUORUM', minSuccess: 2, timeoutMs: 10 }, 'sfc', givenUp));
});

test('a scope is given up before its branches have finished only by failing fast, when the policy cannot be met', () => {
  assert.ok(!allows({ strategy: 'ALL_SUCCESS' }, 'sfc', givenUp));
  assert.ok(allows({ strategy: 'ALL_SUCCESS', failFast: true }, 'sfc', givenUp));
  assert.ok(allows({ strategy: 'ALL_SUCCESS', failFast: true }, 'sdc', givenUp), 'a branch with a failure');
  assert.ok(!allows({ strategy: 'ALL_SUCCESS', failFast: true, toleratedFailures: 1 }, 'sfc', givenUp));
  assert.ok(allows({ strategy: 'QUORUM', minSuccess: 3, failFast: true }, 'sfc', givenUp));
  assert.ok(!allows({ strategy: 'QUORUM', minSuccess: 2, failFast: true }, 'sfc', givenUp));
});

test('an ALL_DONE is never given up', () => {
  assert.ok(!allows({ strategy: 'ALL_DONE', timeoutMs: 10 }, 'ffc', givenUp));
});

test('lists are of all branches that had succeeded, and of no other', () => {
  const quorum: Policy = { strategy: 'QUORUM', minSuccess: 2 };
  assert.ok(allows(quorum, 'scs', { ...fired, listed: new Set([0, 2]) }));
  assert.ok(!allows(quorum, 'scs', { ...fired, listed: new Set([0, 1]) }));
  assert.ok(!allows(quorum, 'sss', { ...fired, listed: new Set([0, 2]) }));
  assert.ok(!allows(quorum, 'sfs', { ...fired, listed: new Set([0, 1, 2]) }));
});

test('a branch with spared states may have succeeded before the firing or after it', () => {
  const quorum: Policy = { strategy: 'QUORUM', minSuccess: 2 };
  assert.ok(allows(quorum, 'ssS', { ...fired, listed: new Set([0, 1]) }));
  assert.ok(allows(quorum, 'ssS', { ...fired, listed: new Set([0, 1, 2]) }));
  assert.ok(!allows(quorum, 'ssS', { ...fired, listed: new Set([0, 2]) }));
});

test('counts are those of one moment', () => {
  const counts = (succeeded: number, failed: number, pruned: number, unfinished: number) => ({
    ...fired,
    counts: { total: succeeded + failed + pruned + unfinished, succeeded, failed, pruned, unfinished },
  });
  const quorum: Policy = { strategy: 'QUORUM', minSuccess: 1 };
  assert.ok(allows(quorum, 'sfpc', counts(1, 1, 1, 1)));
  assert.ok(!allows(quorum, 'sfpc', counts(1, 1, 0, 2)));
  assert.ok(allows(quorum, 'sfPc', counts(1, 1, 0, 2)));
  assert.ok(!allows(quorum, 'sfpc', counts(1, 1, 1, 0)));
});

test('before the total is sealed only numbers count: nothing is complete, and no percentage is known', () => {
  const open = { ...fired, isSealed: false };
  assert.ok(!allows({ strategy: 'ALL_DONE' }, 'ss', open));
  assert.ok(!allows({ strategy: 'QUORUM', minSuccess: '50%' }, 'ss', open));
  assert.ok(allows({ strategy: 'QUORUM', minSuccess: 2 }, 'ss', open));
  assert.ok(allows({ strategy: 'ALL_DONE', timeoutMs: 10 }, 'ss', open), 'a timeout seals');
  const lost = { ...open, hasFired: false };
  assert.ok(allows({ strategy: 'ALL_SUCCESS', failFast: true }, 'sf', lost));
  assert.ok(!allows({ strategy: 'ALL_SUCCESS', failFast: true, toleratedFailures: '10%' }, 'sf', lost));
  assert.ok(!allows({ strategy: 'QUORUM', failFast: true, minSuccess: 3 }, 'sf', lost), 'more may come');
});
