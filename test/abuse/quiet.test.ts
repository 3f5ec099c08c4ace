/** The measure itself: without an attack nothing waits, and one that blocks the state manager is seen. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AbusedSystem, percentile, startAbused } from './abused-system.ts';

let system: AbusedSystem;

before(async () => {
  system = await startAbused();
});
after(() => system?.stop());

test('a bystander has its runs, and a state manager that stands still for half a second is seen to', async () => {
  const { seen, longestPingMs } = await system.during(async () => {
    system.stateManager.signal('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 500));
    system.stateManager.signal('SIGCONT');
  });
  assert.deepEqual(seen.errors, []);
  assert.ok(longestPingMs >= 450, `${longestPingMs} ms`);
  assert.ok(percentile(seen.runsMs, 0.99) >= 400, `${seen.runsMs}`);
});

test('an attack that does nothing is none', async () => {
  const { result, seen, grownBytes } = await system.during(() =>
    system.attacker.tryTrigger({ graphName: 'none' }).catch(() => 'refused'),
  );
  assert.equal(result, 'refused');
  assert.deepEqual(seen.errors, []);
  assert.ok(seen.runsMs.length > 0 && seen.pingsMs.length > 0);
  assert.ok(grownBytes < 50_000_000, `${grownBytes}`);
});
