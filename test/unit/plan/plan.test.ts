import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import { planErrored } from '../../../services/state-manager/domain/plan/automatic-retry.ts';
import { planExecuted } from '../../../services/state-manager/domain/plan/executed.ts';
import { planLost } from '../../../services/state-manager/domain/plan/lost-lease.ts';
import type { StateRecord } from '../../../services/state-manager/domain/run/state-record.ts';
import { checkGraph } from '../../../services/state-manager/domain/template/check-graph.ts';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';

function compile(template: TestGraph): Graph {
  const { graph } = checkGraph(JSON.stringify(template), { namespace: 'default', nodes: new Map() });
  assert.ok(graph);
  return graph;
}

const [outerSplit, split, work, inner, outer] = [0, 1, 2, 3, 4];
/** Two scopes within each other; `work` also delivers to the outer one by itself. */
const graph = compile({
  retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 100 },
  nodes: [
    nodeTemplate('outer_split', ['split']),
    nodeTemplate('split', ['work']),
    nodeTemplate('work', ['inner', 'outer'], { inputs: { value: expression('outer_split.outputs.value') } }),
    nodeTemplate('inner', ['outer'], { unites: { identifier: 'split' } }),
    nodeTemplate('outer', [], { unites: { identifier: 'outer_split', strategy: 'ALL_DONE' } }),
  ],
});

function record(standing: StateRecord['standing'], fields: Partial<StateRecord> = {}): StateRecord {
  const counts = { attempt: 1, losses: 0, retries: 0 };
  return {
    status: 'QUEUED',
    leaseToken: 's-1',
    changedAt: 0,
    ...counts,
    work: 1,
    output: 0,
    standing,
    ...fields,
  };
}

const outerBranch = { unite: outer, execution: 1, branch: 2 };
const innerBranch = { unite: inner, execution: 5, branch: 0 };
const rootRecord = record({ node: outerSplit, parent: 0, scopes: [], refs: [] });
const splitRecord = record({
  node: split,
  parent: 1,
  scopes: [outerBranch],
  refs: [{ node: outerSplit, state: 1, output: 2 }],
});
const workRecord = record({
  node: work,
  parent: 5,
  scopes: [innerBranch, outerBranch],
  refs: splitRecord.standing.refs,
});
const failure = { code: 'BROKEN', message: 'it broke' };

test('outputs give children that hold a token of each scope around them, and refer to what they need', () => {
  const { step, tokens } = planExecuted(graph, 1, rootRecord, { total: 3 });
  assert.ok(step.kind === 'succeed');
  assert.deepEqual(tokens, []);
  assert.deepEqual(step.children, [
    {
      node: split,
      position: 0,
      parent: 1,
      scopes: [{ unite: outer, execution: 1, branch: '*' }],
      guards: [],
      failsIn: [outer],
      refs: [{ node: outerSplit, state: 1, output: '*' }],
    },
  ]);
  const [scope] = step.newScopes;
  assert.deepEqual([scope?.unite, scope?.execution, scope?.total, scope?.tokens], [outer, 1, 3, 1]);
  assert.deepEqual([scope?.delivers, scope?.policy.strategy, scope?.outers], [false, 'ALL_DONE', []]);
  assert.deepEqual(scope?.standing, { node: outer, parent: 1, scopes: [], refs: [] });
});

test('outputs that were staged are named with the token that they were staged under', () => {
  const { step } = planExecuted(graph, 1, rootRecord, { total: 3, stagedUnder: 's-1' });
  assert.ok(step.kind === 'succeed');
  assert.equal(step.isStaged, true);
  assert.deepEqual(step.children[0]?.refs, [{ node: outerSplit, state: 1, output: '*', stagedUnder: 's-1' }]);
});

test('a scope within another is opened with the branch that its uniting state belongs to', () => {
  const plan = planExecuted(graph, 5, splitRecord, { total: 4 });
  assert.ok(plan.step.kind === 'succeed');
  const [scope] = plan.step.newScopes;
  assert.deepEqual(scope?.outers, [{ ...outerBranch, countsFailure: true }]);
  assert.deepEqual(scope?.standing.scopes, [outerBranch]);
  // Four children for the one state: three tokens more.
  assert.deepEqual(plan.tokens, [{ ...outerBranch, delta: 3, delivered: false, failed: false }]);
  assert.deepEqual(plan.step.children[0]?.scopes, [{ unite: inner, execution: 5, branch: '*' }, outerBranch]);
});

test('a state without outputs gives its tokens back and delivers nothing', () => {
  const { step, tokens } = planExecuted(graph, 7, workRecord, { total: 0 });
  assert.ok(step.kind === 'succeed');
  assert.deepEqual(tokens, [
    { ...innerBranch, delta: -1, delivered: false, failed: false },
    { ...outerBranch, delta: -1, delivered: false, failed: false },
  ]);
});

test('an edge into a uniting node delivers to its scope, and creates no state', () => {
  const { step, tokens } = planExecuted(graph, 7, workRecord, { total: 2 });
  assert.ok(step.kind === 'succeed');
  assert.deepEqual(step.children, []);
  assert.deepEqual(tokens, [
    { ...innerBranch, delta: -1, delivered: true, failed: false },
    { ...outerBranch, delta: -1, delivered: true, failed: false },
  ]);
});

test('an error is tried again as long as the policy allows it and the runtime does not object', () => {
  const { step, tokens } = planErrored(graph, workRecord, failure, true, 0);
  const attempts = { attempt: 2, losses: 0, retries: 1 };
  assert.deepEqual(
    { step, tokens },
    { step: { kind: 'retry', failure, delayMs: 100, attempts }, tokens: [] },
  );
  assert.equal(planErrored(graph, { ...workRecord, retries: 1 }, failure, true, 0).step.kind, 'fail');
  assert.equal(planErrored(graph, workRecord, failure, false, 0).step.kind, 'fail');
});

test('a failure counts in the innermost scope that answers for it, and takes its tokens from all', () => {
  const { step, tokens } = planErrored(graph, workRecord, failure, false, 0);
  assert.deepEqual(step, { kind: 'fail', failure, countsIn: [innerBranch], seals: [] });
  assert.deepEqual(tokens, [
    { ...innerBranch, delta: -1, delivered: false, failed: true },
    { ...outerBranch, delta: -1, delivered: false, failed: false },
  ]);
  const alone = planErrored(graph, splitRecord, failure, false, 0);
  assert.deepEqual(alone.tokens, [{ ...outerBranch, delta: -1, delivered: false, failed: true }]);
  const root = planErrored(graph, rootRecord, failure, false, 0);
  assert.deepEqual(root, { step: { kind: 'fail', failure, countsIn: [], seals: [] }, tokens: [] });
});

test('a lost lease is the next attempt of the same state, and the third an error that is not tried again', () => {
  assert.deepEqual(planLost(graph, workRecord), {
    step: { kind: 'lose', attempts: { attempt: 2, losses: 1, retries: 0 } },
    tokens: [],
  });
  const third = planLost(graph, { ...workRecord, attempt: 3, losses: 2 });
  assert.ok(third.step.kind === 'fail');
  assert.equal(third.step.failure.code, 'LEASE_LOST');
});

test('more children than one step may create are left to steps of their own', () => {
  const isWide = (total: number) => {
    const { step } = planExecuted(graph, 1, rootRecord, { total });
    return step.kind === 'succeed' && step.isWide;
  };
  assert.deepEqual([0, 1, 500, 501].map(isWide), [false, false, false, true]);
});
