/**
 * Walks breadth first through every order in which reports, duplicates, lost and returned leases can meet, over the
 * real scripts, and recounts the run at each place.
 */
import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { startStorage } from '../fixture.ts';
import { explore, tell } from './explore.ts';
import { reported } from './explored-graphs.ts';

const fixture = await startStorage();
after(() => fixture.stop());

async function searchAll(t: TestContext): Promise<void> {
  const { graph, options, places } = reported.find(({ name }) => name === t.name)!;
  const found = await explore(fixture, graph, options, places);
  t.diagnostic(tell(found));
  assert.deepEqual(found.violations, []);
  assert.deepEqual([...found.ends].sort(), ['FAILED', 'SUCCESS']);
  assert.ok(found.isComplete);
  assert.ok(found.refused > found.places);
}

test(
  'three branches with two attempts and a lost lease each: every order counts every branch once',
  searchAll,
);

test(
  'two branches of a scope that tolerates failures, with delayed attempts and every lease lost',
  searchAll,
);

test(
  'two branches whose next states are handed off or wait, beside another run, with a lost lease each',
  searchAll,
);
