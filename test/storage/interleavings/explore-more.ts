/**
 * `npm run test:interleavings`: searches more of what can happen to runs than `npm test` does.
 *
 *   --times N    so many times the places and walks of `npm test` (default 10)
 *   --seed N     of the random walks (default: one that is new each time)
 *   --only TEXT  graphs with the text in their names
 */
import { parseArgs } from 'node:util';
import { startStorage } from '../fixture.ts';
import { explore, tell, walkRandomly } from './explore.ts';
import { controlled, reported } from './explored-graphs.ts';

const { values } = parseArgs({
  options: { times: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const times = Number(values.times ?? 10);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const chosen = [...reported, ...controlled].filter(({ name }) => name.includes(values.only ?? ''));
if (!(times > 0) || chosen.length === 0)
  throw new Error('--times has to be a number above 0, and --only a part of the name of a graph');

const fixture = await startStorage();
console.log(`seed ${seed}, ${times} times`);
try {
  for (const { name, graph, options, places, walks } of chosen) {
    const near = await explore(fixture, graph, options, places * times);
    const far = await walkRandomly(fixture, graph, options, { walks: Math.max(10, walks) * times, seed });
    console.log(`${name}\n  ${tell(near)}; ${tell(far)}`);
    const violations = [...near.violations, ...far.violations];
    for (const violation of violations) console.log(`  ! ${violation}`);
    if (violations.length > 0) process.exitCode = 1;
  }
} finally {
  await fixture.stop();
}
