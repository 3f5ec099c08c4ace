/**
 * Searches, breadth first and along random walks, through the orders in which emits, cancellations, retries by hand,
 * timeouts and sweeps that die can meet, over the real scripts, and recounts the run at each place. What comes to
 * rest has ended.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startStorage } from '../fixture.ts';
import { explore, tell, walkRandomly } from './explore.ts';
import { controlled } from './explored-graphs.ts';

const fixture = await startStorage();
after(() => fixture.stop());

for (const { name, graph, options, places, walks } of controlled) {
  test(name, async (t) => {
    const near = await explore(fixture, graph, options, places);
    const far = await walkRandomly(fixture, graph, options, { walks, seed: 1 });
    t.diagnostic(`${tell(near)}; ${tell(far)}`);
    assert.deepEqual([...near.violations, ...far.violations], []);
    assert.ok(far.ends.size > 0);
  });
}
