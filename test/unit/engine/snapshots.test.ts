import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LoadedRun, RunView } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import { Snapshots } from '../../../services/state-manager/engine/watch/snapshots.ts';

const run = { runId: 'r', namespace: 'n', graph: { nodes: [] } } as unknown as LoadedRun;
const view = { runId: 'r', lastState: 1, count: () => 0, superseded: () => 0 } as unknown as RunView;

test('a thousand who begin to watch a run share its looks, ten a second', async () => {
  let looks = 0;
  const storage = {
    async views() {
      looks++;
      return [view];
    },
  };
  const snapshots = new Snapshots(storage, () => () => {});
  const abort = new AbortController();
  const startedAt = performance.now();
  const first: Promise<unknown>[] = [];
  for (let i = 0; i < 1_000; i++) {
    first.push(snapshots.of(run, abort.signal).next());
    if (i % 10 === 0) await nextTurn();
  }
  await Promise.all(first);
  const tenths = (performance.now() - startedAt) / 100;
  assert.ok(looks <= tenths + 2, `${looks} looks in ${tenths} tenths of a second`);
  abort.abort();
});
