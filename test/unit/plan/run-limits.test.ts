import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultRunLimits } from '../../../services/state-manager/domain/graph/run-limits.ts';
import { checkGraph } from '../../../services/state-manager/domain/template/check-graph.ts';
import { nodeTemplate } from '../../support/graphs.ts';

const check = (limits: unknown) =>
  checkGraph(JSON.stringify({ nodes: [nodeTemplate('a')], limits }), {
    namespace: 'default',
    nodes: new Map(),
  });

test('a run ends after 7 days if nobody says otherwise', () => {
  assert.equal(defaultRunLimits.runMs, 7 * 24 * 60 * 60 * 1_000);
});

test('limits are whole numbers above 0, and all that are not are refused at once, each with what it must be', () => {
  const { violations } = check({
    run_ms: '7d',
    states: 0,
    width: -1,
    depth: 1.5,
    payload_bytes: null,
    retention_ms: [1],
    run_sm: 1,
  });
  assert.deepEqual(
    violations.map(({ code, path }) => `${code} ${path}`),
    [
      'UNKNOWN_FIELD $.limits.run_sm',
      'INVALID_TYPE $.limits.run_ms',
      'INVALID_VALUE $.limits.states',
      'INVALID_VALUE $.limits.width',
      'INVALID_VALUE $.limits.depth',
      'INVALID_TYPE $.limits.payload_bytes',
      'INVALID_TYPE $.limits.retention_ms',
    ],
  );
  const [unknown, ...wrong] = violations.map(({ description }) => description);
  assert.match(unknown!, /did you mean "run_ms"\?/);
  for (const sentence of wrong) assert.match(sentence, /must be a whole number greater than 0: change it/);
  assert.deepEqual(
    check('none').violations.map(({ code }) => code),
    ['INVALID_TYPE'],
  );
});
