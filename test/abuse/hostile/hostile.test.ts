/** A short part of `npm run abuse`, always the same one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runAbuse } from './abuse.ts';
import { caseOf } from './cases.ts';
import { describeReport } from './report.ts';

test('hostile input of every kind is answered as its sender deserves, and a bystander goes on', async (t) => {
  const report = await runAbuse({ seed: 12, attackMs: 10_000 });
  for (const line of describeReport(report)) t.diagnostic(line);
  assert.deepEqual(report.violations, []);
  assert.ok(report.cases.size >= 10, `kinds: ${[...report.cases.keys()]}`);
  assert.ok(report.attacked.runsMs.length > 0);
});

test('a case is the same each time that it is made', () => {
  for (let number = 0; number < 22; number++) {
    const [first, second] = [caseOf(7, number), caseOf(7, number)];
    assert.equal(first.kind, second.kind);
    assert.ok(JSON.stringify(first.given) === JSON.stringify(second.given), `case ${number} differs`);
  }
});
