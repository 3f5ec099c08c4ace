/** Scopes that nest and overlap: whatever the order, the end is the same, and each unite finds what belongs to it. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { audit } from '../../support/audit/auditor.ts';
import { expression, nestedUnites, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { compile, startStorage } from '../fixture.ts';
import { type Behaviour, chance, executeRandomly } from '../interleavings/random-execution.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const other = await fixture.open();
const retry = { retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 0 } };

const graphs: Readonly<Record<string, TestGraph>> = {
  'three scopes within each other': { ...nestedUnites(3), ...retry },
  'two unites of one node, one behind the other': {
    ...retry,
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['early', 'tail']),
      nodeTemplate('tail', ['late']),
      nodeTemplate('early', [], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
      nodeTemplate('late', [], { unites: { identifier: 'split' } }),
    ],
  },
  'a unite that delivers to one around it, beside a way that does so itself': {
    ...retry,
    nodes: [
      nodeTemplate('split_outer', ['split_inner', 'side']),
      nodeTemplate('split_inner', ['work']),
      nodeTemplate('work', ['inner', 'outer']),
      nodeTemplate('side'),
      nodeTemplate('inner', ['outer'], { unites: { identifier: 'split_inner', strategy: 'ALL_DONE' } }),
      nodeTemplate('outer', ['end'], { unites: { identifier: 'split_outer', strategy: 'ALL_DONE' } }),
      nodeTemplate('end'),
    ],
  },
  'a fan-out below a unite, united again': {
    ...retry,
    nodes: [
      nodeTemplate('split', ['left', 'right']),
      nodeTemplate('left', ['merge']),
      nodeTemplate('right', ['split_right']),
      nodeTemplate('split_right', ['merge']),
      nodeTemplate('merge', ['split_again'], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
      nodeTemplate('split_again', ['last']),
      nodeTemplate('last', ['merge_again'], { inputs: { value: expression('split_again.outputs.value') } }),
      nodeTemplate('merge_again', [], { unites: { identifier: 'split_again' } }),
    ],
  },
};

/** Splits are 0 to 3 wide; now and then an attempt fails, or all of them. */
function behaviour(seed: number) {
  return (identifier: string, path: string): Behaviour => ({
    width: identifier.startsWith('split') ? Math.floor(chance(seed, path, 'width') * 4) : 1,
    failures: Math.max(0, Math.floor(chance(seed, path, 'failures') * 12) - 9),
  });
}

for (const [name, template] of Object.entries(graphs)) {
  test(`${name}: every order of events ends alike`, async (t) => {
    const graph = compile(template);
    const ends = new Set<string>();
    let states = 0;
    for (let seed = 0; seed < 12; seed++) {
      const endings = [];
      for (const order of ['x', 'y']) {
        const ending = await executeRandomly(
          fixture,
          other,
          graph,
          behaviour(seed),
          `${name.length}.${seed}${order}`,
        );
        const violations = await audit(fixture.redis, fixture.keyPrefix, ending.run.runId, graph);
        assert.deepEqual(violations, [], `seed ${seed}`);
        states += ending.states.length;
        ends.add(ending.status);
        const { run: _, ...rest } = ending;
        endings.push(rest);
      }
      assert.deepEqual(endings[0], endings[1], `seed ${seed}`);
    }
    t.diagnostic(`${states} states, ends ${[...ends].sort().join()}`);
    assert.ok(ends.has('SUCCESS'));
  });
}

test('each inner unite gets the branches of its own split, and the outer one all of them in path order', async () => {
  const graph = compile({ ...nestedUnites(2), ...retry });
  const behave = (identifier: string) => ({
    width: identifier === 'split_1' ? 2 : identifier === 'split_2' ? 3 : 1,
    failures: 0,
  });
  const { status, states, lists } = await executeRandomly(fixture, other, graph, behave, 'nested');
  assert.equal(status, 'SUCCESS');
  assert.equal(states.length, 1 + 2 + 6 + 2 + 1);
  assert.deepEqual(lists['split_1/split_2@1/unite_2@u work'], [
    'split_1/split_2@1/work@0#0',
    'split_1/split_2@1/work@1#0',
    'split_1/split_2@1/work@2#0',
  ]);
  assert.deepEqual(lists['split_1/unite_1@u unite_2'], [
    'split_1/split_2@0/unite_2@u#0',
    'split_1/split_2@1/unite_2@u#0',
  ]);
});

test('an inner scope that gives up fails its branch of the outer one, and nothing fires in vain', async () => {
  const template = nestedUnites(2);
  const graph = compile({ ...template, ...retry });
  const behave = (identifier: string, path: string) => ({
    width: identifier.startsWith('split') ? 2 : 1,
    failures: path === 'split_1/split_2@1/work@0' ? 9 : 0,
  });
  const { run, status, states } = await executeRandomly(fixture, other, graph, behave, 'givesUp');
  assert.equal(status, 'FAILED');
  const unites = states.filter((line) => line.includes('unite'));
  assert.deepEqual(unites, [
    'split_1/split_2@0/unite_2@u SUCCESS',
    'split_1/split_2@1/unite_2@u ERRORED',
    'split_1/unite_1@u ERRORED',
  ]);
  assert.deepEqual(await audit(fixture.redis, fixture.keyPrefix, run.runId, graph), []);
});
