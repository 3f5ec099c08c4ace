import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../support/eventually.ts';

test('what must not happen is asked for at once, and last when the interval is over', async () => {
  const askedAt: number[] = [];
  const startAt = performance.now();
  const watched = never(60, () => {
    askedAt.push(performance.now() - startAt);
    return false;
  });
  assert.equal(askedAt.length, 1, 'it does not wait before it asks');
  await watched;
  assert.ok(askedAt.at(-1)! >= 60, `it was asked last after ${askedAt.at(-1)} ms`);
});

test('what must not happen fails at once, with what has happened', async () => {
  let asked = 0;
  await assert.rejects(
    never(60_000, () => ++asked === 3 && 'a merge'),
    /^Error: 'a merge' after \d+ of 60000 ms/,
  );
  assert.equal(asked, 3);
  await assert.rejects(
    never(60_000, () => assert.fail('it went wrong')),
    /it went wrong/,
  );
});
