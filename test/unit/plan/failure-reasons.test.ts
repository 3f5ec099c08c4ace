/** The reasons of a unite that gave up: short, whatever the failures say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutText } from '../../../services/state-manager/domain/json/json.ts';
import {
  largestGroups,
  reasonOf,
  withReasons,
} from '../../../services/state-manager/domain/run/failure-reasons.ts';

interface Failed {
  readonly identifier: string;
  readonly code: string;
  readonly message: string;
}

function told(failures: readonly Failed[], amongFirst?: number): string {
  const { groups, untold } = largestGroups(failures);
  const reasons = groups.map(({ first, count }) => reasonOf(first.identifier, first, count));
  return withReasons('3 of 5 branches failed', { told: reasons, untold, amongFirst });
}

/** A text as reasons have it. */
const quotation = (text: string) =>
  JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');

const failed = (identifier: string, code: string, message: string): Failed => ({ identifier, code, message });

test('failures of one place with one code are one reason, the most frequent one is told first', () => {
  const failures = [
    failed('check', 'TIMEOUT', 'too slow'),
    failed('work', 'BOOM', 'no money'),
    failed('work', 'BOOM', 'no time'),
  ];
  const reasons = 'work BOOM "no money" (2), check TIMEOUT "too slow" (1)';
  assert.equal(told(failures), `3 of 5 branches failed. Why: ${reasons}`);
  assert.equal(told(failures, 3), `3 of 5 branches failed. Why, of the first 3 failures: ${reasons}`);
  assert.equal(told([]), '3 of 5 branches failed');
});

test('of many reasons the number is told that is left out', () => {
  const failures = (count: number) =>
    Array.from({ length: count }, (_, i) => failed('work', `CODE_${i}`, 'x'));
  assert.match(told(failures(5)), /\(1\)$/);
  assert.match(told(failures(6)), /\(1\), and 1 more reason$/);
  assert.match(told(failures(9)), /\(1\), and 4 more reasons$/);
});

test('whatever messages contain, they end no quotation or line, and the whole stays short', () => {
  const message = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constant('\u0000'.repeat(5_000)),
    fc.constant('😀'.repeat(999)),
  );
  const failure = fc.record({
    identifier: fc.stringMatching(/^[a-z]{1,9}$/),
    code: fc.stringMatching(/^[A-Z]{1,9}$/),
    message,
  });
  fc.assert(
    fc.property(fc.array(failure, { maxLength: 30 }), (failures) => {
      const text = told(failures);
      assert.ok(text.length < 5 * (6 * 301 + 40) + 100, `${text.length} characters`);
      for (const control of ['\n', '\r', '\u0000', '\u2028', '\u2029']) assert.ok(!text.includes(control));
      const { groups } = largestGroups(failures);
      for (const { first } of groups) {
        const { message: cut } = reasonOf(first.identifier, first, 1);
        assert.ok(text.includes(`${first.identifier} ${first.code} ${quotation(cut)}`));
      }
    }),
  );
});

test('a text is cut between two characters', () => {
  assert.equal(cutText('abc', 3), 'abc');
  assert.equal(cutText('abcd', 3), 'abc…');
  assert.equal(cutText('ab😀d', 3), 'ab…');
  assert.equal(cutText('ab😀d', 4), 'ab😀…');
});
