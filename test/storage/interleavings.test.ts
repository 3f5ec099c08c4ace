/**
 * Walks breadth first through every order in which reports, duplicates, lost and returned leases can meet, over the
 * real scripts, and recounts the run at each place.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { explore, tell } from './explore.ts';
import { reported } from './explored-graphs.ts';
import { startStorage } from './fixture.ts';

const fixture = await startStorage();
after(() => fixture.stop());

for (const { name, graph, options, places } of reported) {
  test(name, async (t) => {
    const found = await explore(fixture, graph, options, places);
    t.diagnostic(tell(found));
    assert.deepEqual(found.violations, []);
    assert.deepEqual([...found.ends].sort(), ['FAILED', 'SUCCESS']);
    assert.ok(found.isComplete);
    assert.ok(found.refused > found.places);
  });
}
