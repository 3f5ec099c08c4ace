/**
 * Walks through every order in which reports, duplicates, lost and returned leases, cancellations and retries by hand
 * can meet, over the real scripts, and recounts the run at each place.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Exploration } from './explore.ts';
import { explore, walkRandomly } from './explore.ts';
import { explored } from './explored-graphs.ts';
import { startStorage } from './fixture.ts';

const fixture = await startStorage();
after(() => fixture.stop());

function tell(found: Exploration): string {
  const { places, steps, refused, isComplete } = found;
  return `${places} places${isComplete ? '' : ' and more'}, ${steps} steps, ${refused} reports refused`;
}

for (const { name, graph, options, most, walks } of explored) {
  test(name, async (t) => {
    if (most !== undefined) {
      const found = await explore(fixture, graph, options, most);
      t.diagnostic(tell(found));
      assert.deepEqual(found.violations, []);
    }
    if (walks !== undefined) {
      const found = await walkRandomly(fixture, graph, options, { walks, seed: 1 });
      t.diagnostic(tell(found));
      assert.deepEqual(found.violations, []);
    }
  });
}
