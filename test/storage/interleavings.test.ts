/**
 * Walks breadth first through every order in which reports, duplicates, lost and returned leases can meet,
 * over the real scripts, and recounts the run at each place.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { nodeTemplate } from '../support/graphs.ts';
import { explore } from './explore.ts';
import { compile, startStorage } from './fixture.ts';

const fixture = await startStorage();
after(() => fixture.stop());

/** Two attempts each: the replacement is due at once, or in a while and then promoted. */
function splitWorkMerge(strategy: string, backoffFactor: number) {
  return compile({
    retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: backoffFactor },
    nodes: [
      nodeTemplate('split', ['work'], { retry_policy: { max_retries: 0 } }),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', [], { unites: { identifier: 'split', strategy } }),
    ],
  });
}

test('three branches with two attempts and a lost lease each: every order counts every branch once', async (t) => {
  const found = await explore(fixture, splitWorkMerge('ALL_SUCCESS', 0), { width: 3, losses: 1 });
  t.diagnostic(`${found.places} places, ${found.steps} steps, ${found.refused} reports refused`);
  assert.deepEqual(found.violations, []);
  assert.deepEqual([...found.ends].sort(), ['FAILED', 'SUCCESS']);
  assert.ok(found.refused > found.places);
});

test('two branches of a scope that tolerates failures, with delayed attempts and every lease lost', async (t) => {
  const found = await explore(fixture, splitWorkMerge('ALL_DONE', 60_000), { width: 2, losses: 3 });
  t.diagnostic(`${found.places} places, ${found.steps} steps, ${found.refused} reports refused`);
  assert.deepEqual(found.violations, []);
  assert.deepEqual([...found.ends].sort(), ['FAILED', 'SUCCESS']);
});
