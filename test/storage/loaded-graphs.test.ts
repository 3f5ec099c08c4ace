/** Memory of compiled graphs: the largest ones that a tenant can make have to fit together. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { defaultRunLimits } from '../../services/state-manager/domain/graph/run-limits.ts';
import { LoadedRuns } from '../../services/state-manager/engine/loaded/loaded-runs.ts';
import { chain, expression, nodeTemplate } from '../support/graphs.ts';
import { beginRun } from './begin-run.ts';
import { newRun, startStorage } from './fixture.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { storage } = fixture;

/** A template of about the largest size. */
const largest = JSON.stringify({
  nodes: [
    nodeTemplate('only', [], { inputs: { text: 'x'.repeat(1_000_000), from: expression('trigger.a') } }),
  ],
});

test('small graphs stay compiled, and large ones only as far as they have room, with their runs', async () => {
  const loaded = new LoadedRuns(storage.runs, storage.catalog, defaultRunLimits);
  const small = loaded.graph('default', 'small', 1, JSON.stringify(chain('only')));
  const first = loaded.graph('default', 'large-0', 1, largest);
  for (const [graph, graphName] of [
    [small, 'small'],
    [first, 'large-0'],
  ] as const) {
    const run = newRun(graph, { runId: graphName, graphName });
    await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
    loaded.remember(run);
  }
  assert.equal(loaded.graph('default', 'large-0', 1, largest), first);
  for (let i = 1; i < 110; i++) {
    loaded.graph('default', `large-${i}`, 1, largest);
    assert.equal(loaded.graph('default', 'small', 1, ''), small);
  }
  assert.notEqual(loaded.graph('default', 'large-0', 1, largest), first);
  assert.equal((await loaded.one('small'))?.graph, small);
  assert.notEqual((await loaded.load(['large-0'], new Map())).get('large-0')?.graph, first);
});
