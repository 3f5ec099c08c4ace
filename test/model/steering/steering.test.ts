import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run__Output, State__Output } from '@fanout/proto';
import * as fc from 'fast-check';
import { interpret } from '../interpreter.ts';
import type { ModelGraph } from '../model-graph.ts';
import { fanOut } from '../running/graph-builder.ts';
import { areaBelow } from './area.ts';
import { compareHealed, type HealedRun } from './compare-healed.ts';
import { firstPath, Generations } from './generations.ts';
import { steeringArbitrary } from './steering-case.ts';
import { Watch } from './watch.ts';

const at = (path: string, more: Partial<State__Output> = {}) =>
  ({
    identifier: 'work',
    path,
    stateId: `run.${path}`,
    status: 'STATE_STATUS_CREATED',
    ...more,
  }) as State__Output;

test('what grew from one output lies below it, and a unite over that execution around it', () => {
  const inside = ['1.0', '1.0/0.0', '1.0/u.2', '0.0', '0.0/1.0', 'u.3', 'u.3/0.0', ''];
  const below = (stateId: string, fanOutToo: boolean, isOpen = false) => {
    const area = areaBelow(at('', { stateId }), fanOutToo, isOpen);
    return inside.filter((path) => area.includes(path));
  };
  assert.deepEqual(below('run.1', false), ['0.0', '0.0/1.0']);
  assert.deepEqual(below('run.1.1', false), ['1.0', '1.0/0.0', '1.0/u.2']);
  assert.deepEqual(below('run.1', true), ['1.0', '1.0/0.0', '1.0/u.2', '0.0', '0.0/1.0']);
  // A state of an open fan-out takes no output itself.
  assert.deepEqual(below('run.1', false, true), []);
  assert.deepEqual(below('run.1.1', false, true), ['0.0', '0.0/1.0']);
});

test('what grew from an earlier generation is superseded, and the newest one has the path of the first', () => {
  const paths = [
    '0.0',
    'u.2',
    'u.2/0.0/u.4',
    'u.2.2',
    'u.2.2/0.0/u.4',
    'u.2.2/0.0/u.4.2',
    'u.2.2/0.0/u.4.2/0.0',
  ];
  const generations = new Generations(paths.map((path) => at(path)));
  const standing = paths.filter((path) => !generations.isSuperseded(at(path)));
  assert.deepEqual(standing.map(firstPath), ['0.0', 'u.2', 'u.2/0.0/u.4', 'u.2/0.0/u.4/0.0']);
});

test('a state that is handed out where a user holds it is noticed, one that was on its way is not', () => {
  const area = areaBelow(at('', { stateId: 'run.1' }), true, false);
  const states = [at('0.0', { status: 'STATE_STATUS_QUEUED' }), at('1.0'), at('2.0')];
  const times = (...paths: string[]) => new Map(paths.map((path) => [`run.${path}`, { times: 1 }]));
  const watch = new Watch('after a pause', area, times('2.0'), states);
  assert.deepEqual(watch.broken(times('2.0'), states), []);
  assert.deepEqual(watch.broken(times('0.0', '2.0'), states), []);
  assert.equal(watch.broken(times('1.0', '2.0'), states).length, 1);
  assert.equal(watch.broken(times('2.0', '3.0'), [...states, at('3.0')]).length, 1);
  const twice = new Map([['run.0.0', { times: 2 }]]);
  assert.equal(watch.broken(twice, states).length, 1);
});

/** A run that ended as the model says, as a client and a runtime see it. */
function seen(graph: ModelGraph): HealedRun & { readonly states: State__Output[] } {
  const { status, rows, results, deliveries: expected } = interpret(graph)!;
  const identifiers = [...new Set(rows.map(({ identifier }) => identifier))];
  const siblings = new Map<string, number>();
  const states = rows.map((row, index) => {
    const { identifier, path, attempt } = row;
    const place = `${identifier} ${path}`;
    const sibling = siblings.get(place) ?? 0;
    siblings.set(place, sibling + 1);
    const stateId = sibling === 0 ? `run.${index + 1}` : `run.${index + 1}.${sibling}`;
    const outputJson = row.output === '' ? '' : JSON.stringify({ id: row.output });
    return {
      stateId,
      identifier,
      path,
      attempt,
      outputJson,
      status: `STATE_STATUS_${row.status}`,
    } as State__Output;
  });
  const deliveries = new Map(
    [...expected].map(([key, { times, inputs }]) => {
      const state = states.find((each) => key === `${each.identifier} ${each.path} ${each.attempt}`)!;
      const given = Object.fromEntries(JSON.parse(inputs) as [string, unknown][]);
      return [state.stateId!, { times, inputs: given, firstAt: 0, lastAt: 0 }];
    }),
  );
  const counts = identifiers.map((identifier) => {
    const success = states.filter((each) => each.identifier === identifier).length;
    return { identifier, success };
  });
  const run = { status: `RUN_STATUS_${status}`, counts } as unknown as Run__Output;
  return {
    run,
    states,
    results: results.map(({ identifier, id }) => ({
      identifier,
      outputJson: JSON.stringify({ id }),
    })) as never,
    deliveries,
    refusals: new Map(),
  };
}

const graph = fanOut({ strategy: 'ALL_SUCCESS' });

test('a run that ended as if nothing had failed does not differ, and each thing that is otherwise is noticed', () => {
  const good = seen(graph);
  assert.deepEqual(compareHealed(graph, good), []);
  const [first, ...others] = good.states;
  const unite = good.states.find(({ identifier }) => identifier === 'unite')!;
  const delivery = good.deliveries.get(unite.stateId!)!;
  const given = (inputs: object) =>
    new Map(good.deliveries).set(unite.stateId!, { ...delivery, inputs: { ...delivery.inputs, ...inputs } });
  const flaws: Record<string, Partial<HealedRun>> = {
    'ends otherwise': { run: { ...good.run, status: 'RUN_STATUS_FAILED' } },
    'lost a result': { results: [] },
    'left a state cancelled': { states: [{ ...first!, status: 'STATE_STATUS_CANCELLED' }, ...others] },
    'lost a state': { states: others },
    'has a list that is not whole': { deliveries: given({ l1: [] }) },
    'calls it partial': { deliveries: given({ partial: true }) },
    'has left something out': {
      deliveries: given({ counts: { ...(delivery.inputs.counts as object), left_out: 1 } }),
    },
    'handed out one state too often': {
      deliveries: new Map(good.deliveries).set(unite.stateId!, { ...delivery, times: 2 }),
    },
    'counts what is superseded': {
      states: [...good.states, { ...unite, stateId: 'run.90', path: `${unite.path}.2` }],
    },
    'refused a report as invalid': { refusals: new Map([['run.1', 'ACK_STATUS_INVALID']]) },
  };
  for (const [flaw, change] of Object.entries(flaws))
    assert.notDeepEqual(
      compareHealed(graph, { ...good, ...change }),
      [],
      `a run that ${flaw} is not noticed`,
    );
});

test('the graphs that are steered come to one end, and nothing fails in it', async () => {
  const property = fc.property(steeringArbitrary(), (each) => {
    const { status, rows } = interpret(each.graph)!;
    assert.equal(status, 'SUCCESS');
    assert.ok(rows.every((row) => /SUCCESS|PRUNED|RETRY_CREATED/.test(row.status)));
  });
  await fc.assert(property, { seed: 3, numRuns: 60 });
});
