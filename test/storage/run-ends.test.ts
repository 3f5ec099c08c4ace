/** Ends of runs that are read while Redis loses its newest writes. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { defaultRunLimits } from '../../services/state-manager/domain/graph/run-limits.ts';
import { LoadedRuns } from '../../services/state-manager/engine/loaded/loaded-runs.ts';
import type { Storage } from '../../services/state-manager/engine/ports/storage.ts';
import { RunEnds } from '../../services/state-manager/engine/queries/run-ends.ts';
import { nodeTemplate } from '../support/graphs.ts';
import { beginRun } from './begin-run.ts';
import { compile, newRun, startStorage } from './fixture.ts';
import { executed, SessionDriver, values } from './session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

const graph = compile({ nodes: [nodeTemplate('work')] });

/** A run that has ended with three results, and the ends of runs as they are told by a reader. */
async function endedRun(withReader: (runs: Storage['runs'], runId: string) => Storage['runs']) {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [0]);
  await driver.settle(run, [executed(root!, values(3))]);
  const loaded = new LoadedRuns(storage.runs, storage.catalog, defaultRunLimits);
  loaded.remember(run);
  const ends = new RunEnds(withReader(storage.runs, run.runId), loaded, { toldEnd: () => undefined });
  return { run, read: () => ends.read('default', run.runId, false) };
}

test('an end that stands is told with its results', async () => {
  const { read } = await endedRun((runs) => runs);
  const end = await read();
  assert.equal(end?.run.status, 'SUCCESS');
  assert.equal(end?.results.length, 3);
});

test('an end that was lost while its results were read is not told, for some of them may be missing', async () => {
  const { read } = await endedRun((runs, runId) =>
    Object.assign(Object.create(runs), {
      async outputsOf(asked: Parameters<typeof runs.outputsOf>[0]) {
        await redis.hdel(keys.run(runId), 'ended');
        await redis.hdel(keys.outputs(runId), '1.1', '1.2');
        return runs.outputsOf(asked);
      },
    }),
  );
  assert.equal(await read(), undefined);
});
