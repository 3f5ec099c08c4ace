import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimateRun, exceededLimits } from '../../../services/state-manager/domain/graph/estimate-run.ts';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import { defaultRunLimits } from '../../../services/state-manager/domain/graph/run-limits.ts';
import { checkGraph } from '../../../services/state-manager/domain/template/check-graph.ts';
import { chain, exampleGraph, nestedUnites, nodeTemplate, type TestGraph } from '../../support/graphs.ts';

function compile(template: TestGraph): Graph {
  const { graph } = checkGraph(JSON.stringify(template), { namespace: 'default', nodes: new Map() });
  assert.ok(graph);
  return graph;
}

function estimate(template: TestGraph, widths: Readonly<Record<string, number>> = {}, outputBytes = 100) {
  return estimateRun(compile(template), { widths: new Map(Object.entries(widths)), outputBytes });
}

const statesOf = (template: TestGraph, widths: Readonly<Record<string, number>> = {}) =>
  Object.fromEntries(estimate(template, widths).nodes.map(({ identifier, states }) => [identifier, states]));

test('without assumptions every node runs once', () => {
  const { states, scopes, payloadBytes, nodes } = estimate(chain('a', 'b', 'c'));
  assert.equal(states, 3);
  assert.equal(scopes, 0);
  assert.equal(payloadBytes, 4 * 100, 'one output each, and the inputs of the trigger');
  assert.deepEqual(nodes[1], { identifier: 'b', executions: 1, states: 1, scopes: 0 });
});

test('a fan-out has a sibling for each output beyond the first, and a state behind each', () => {
  const { nodes, scopes, states } = estimate(exampleGraph('fanout-unite'), { data_splitter: 10_000 });
  assert.deepEqual(
    nodes.map(({ executions }) => executions),
    [1, 10_000, 1],
  );
  assert.deepEqual(
    nodes.map((node) => node.states),
    [10_000, 10_000, 1],
  );
  assert.equal(states, 20_001);
  assert.equal(scopes, 1);
});

test('fan-outs multiply, and a unite takes one execution for each of the united node', () => {
  const states = statesOf(nestedUnites(2), { split_1: 10, split_2: 20 });
  assert.deepEqual(states, { split_1: 10, split_2: 200, work: 200, unite_2: 10, unite_1: 1 });
  assert.equal(estimate(nestedUnites(2), { split_1: 10, split_2: 20 }).scopes, 11);
});

test('a node that several lead to runs once for each output of each', () => {
  const nodes = [
    nodeTemplate('root', ['left', 'right']),
    nodeTemplate('left', ['end']),
    nodeTemplate('right', ['end']),
    nodeTemplate('end'),
  ];
  assert.deepEqual(statesOf({ nodes }, { root: 2, left: 3 }), { root: 2, left: 6, right: 2, end: 8 });
});

test('the order of the template does not matter', () => {
  const { nodes } = nestedUnites(2);
  const backwards = { nodes: [...nodes].reverse() };
  assert.equal(
    estimate(backwards, { split_1: 10, split_2: 20 }).states,
    estimate({ nodes }, { split_1: 10, split_2: 20 }).states,
  );
});

test('no output means that nothing follows, but a unite over it runs', () => {
  assert.deepEqual(statesOf(nestedUnites(1), { split_1: 0 }), { split_1: 1, work: 0, unite_1: 1 });
});

test('the payload is part of what storage needs', () => {
  const small = estimate(chain('a', 'b'), { a: 1_000 }, 0);
  const large = estimate(chain('a', 'b'), { a: 1_000 }, 1_000);
  assert.equal(small.payloadBytes, 0);
  assert.equal(large.storageBytes - small.storageBytes, large.payloadBytes);
});

test('what multiplies beyond all numbers stays a number that can be told', () => {
  const huge = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, Number.MAX_SAFE_INTEGER]));
  const { states, storageBytes } = estimate(chain('a', 'b', 'c', 'd', 'e'), huge);
  assert.equal(states, Number.MAX_SAFE_INTEGER);
  assert.equal(storageBytes, Number.MAX_SAFE_INTEGER);
});

test('limits that such a run would exceed are named with their values', () => {
  const graph = compile(chain('a', 'b', 'c'));
  const assumptions = { widths: new Map([['a', 500]]), outputBytes: 1_000 };
  const limits = { ...defaultRunLimits, states: 1_000, width: 100, depth: 2, payloadBytes: 10_000 };
  const warnings = exceededLimits(graph, assumptions, estimateRun(graph, assumptions), limits);
  assert.deepEqual(
    warnings.map(({ path, code }) => [path, code]),
    ['states', 'payload_bytes', 'width', 'depth'].map((field) => [`$.limits.${field}`, 'LIMIT_EXCEEDED']),
  );
  assert.match(warnings[0]!.description, /comes to 1500 states, and limits\.states is 1000: /);
  assert.match(warnings[2]!.description, /"a" has 500 outputs, and limits\.width is 100: /);
  assert.deepEqual(exceededLimits(graph, assumptions, estimateRun(graph, assumptions), defaultRunLimits), []);
});
