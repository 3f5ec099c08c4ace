import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import { planErrored } from '../../../services/state-manager/domain/plan/automatic-retry.ts';
import { emitWidth, planEmitted, planSealed } from '../../../services/state-manager/domain/plan/emitted.ts';
import { planPruned } from '../../../services/state-manager/domain/plan/endings.ts';
import type { StateRecord } from '../../../services/state-manager/domain/run/state-record.ts';
import { checkGraph } from '../../../services/state-manager/domain/template/check-graph.ts';
import { nodeTemplate, type TestGraph } from '../../support/graphs.ts';

function compile(template: TestGraph): Graph {
  const { graph } = checkGraph(JSON.stringify(template), { namespace: 'default', nodes: new Map() });
  assert.ok(graph);
  return graph;
}

const [split, inner, outer] = [1, 3, 4];
const graph = compile({
  retry_policy: { max_retries: 0 },
  nodes: [
    nodeTemplate('outer_split', ['split']),
    nodeTemplate('split', ['work', 'inner']),
    nodeTemplate('work', ['inner']),
    nodeTemplate('inner', ['outer'], { unites: { identifier: 'split', strategy: 'QUORUM', min_success: 1 } }),
    nodeTemplate('outer', [], { unites: { identifier: 'outer_split' } }),
  ],
});

/** The third attempt of the work that began as state 5. */
const record: StateRecord = {
  status: 'QUEUED',
  leaseToken: 's-1',
  changedAt: 0,
  attempt: 3,
  losses: 0,
  retries: 2,
  work: 5,
  output: 0,
  standing: { node: split, parent: 1, scopes: [{ unite: outer, execution: 1, branch: 2 }], refs: [] },
};
const around = record.standing.scopes[0]!;
const opened = { unite: inner, execution: 5 };
const failure = { code: 'BROKEN', message: 'it broke' };

test('emits belong to the first state of the work, and its own token stays where it is', () => {
  const { step, tokens } = planEmitted(graph, record, { first: 7, routes: [undefined, undefined] });
  assert.ok(step.kind === 'emit');
  assert.deepEqual([step.work, step.first, step.total, step.chosen], [5, 7, 2, '']);
  assert.deepEqual(step.children[0]?.parent, 5);
  assert.deepEqual(step.children[0]?.scopes[0], { ...opened, branch: '*' });
  assert.deepEqual(tokens, [{ ...around, delta: 2, delivered: false, failed: false }]);
  const [scope] = step.newScopes;
  assert.deepEqual(
    [scope?.execution, scope?.mayGrow, scope?.tokens, scope?.delivers, scope?.branches],
    [5, true, 1, true, undefined],
  );
});

test('routes say for each emit where it goes, and what it begins with', () => {
  const { step, tokens } = planEmitted(graph, record, { first: 0, routes: [['inner'], [], undefined] });
  assert.ok(step.kind === 'emit');
  assert.equal(step.chosen, '010011');
  assert.equal(tokens[0]?.delta, 1);
  assert.deepEqual(step.newScopes[0]?.branches, [
    { tokens: 0, delivers: true },
    { tokens: 0, delivers: false },
    { tokens: 1, delivers: true },
  ]);
});

test('the ways on from a state are shut by what would cancel its children, and by closed unites', () => {
  const { step } = planSealed(graph, record, 9);
  assert.ok(step.kind === 'seal');
  assert.deepEqual(step.ways, [[opened], [opened]]);
  assert.equal(step.total, 9);
});

test('sealing gives back the token of the state', () => {
  assert.deepEqual(planSealed(graph, record, undefined).tokens, [
    { ...around, delta: -1, delivered: false, failed: false },
  ]);
});

test('a failure after emits counts in what they have opened, and not around a unite that answers for it', () => {
  const after = planErrored(graph, { ...record, hasEmitted: true }, failure, true, 0);
  assert.deepEqual(after.step, { kind: 'fail', failure, countsIn: [], seals: [opened] });
  assert.deepEqual(after.tokens, [{ ...around, delta: -1, delivered: false, failed: false }]);
  const before = planErrored(graph, record, failure, true, 0);
  assert.deepEqual(before.step, { kind: 'fail', failure, countsIn: [around], seals: [] });
});

test('pruning after emits seals what they have opened', () => {
  const { step } = planPruned(graph, { ...record, hasEmitted: true }, '');
  assert.deepEqual(step, { kind: 'prune', dataJson: '', seals: [opened] });
});

test('a step takes as many outputs as have 500 children', () => {
  assert.equal(emitWidth(graph, record), 500);
  const wide = compile({
    nodes: [nodeTemplate('split', ['a', 'b', 'c']), ...['a', 'b', 'c'].map((name) => nodeTemplate(name))],
  });
  assert.equal(emitWidth(wide, { ...record, standing: { ...record.standing, node: 0 } }), 166);
});
