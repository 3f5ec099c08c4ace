/** Progress that runtimes tell of long work, as people see it. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { ExplainUniteResponse__Output } from '@fanout/proto';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { RawClient } from '../../support/raw/raw-client.ts';
import { startTestStateManager } from '../../support/state-manager.ts';
import { startSystem } from '../../support/system.ts';

const system = await startSystem();
const other = await startTestStateManager(system.redis);
const elsewhere = new RawClient(other.address);
after(async () => {
  elsewhere.close();
  await other.stop();
  await system.stop();
});

const template = {
  nodes: [
    nodeTemplate('split', ['work']),
    nodeTemplate('work', ['merge']),
    nodeTemplate('merge', [], { unites: { identifier: 'split' } }),
  ],
};

/** Waits until another state manager shows this of the states that work. */
function shows(runId: string, ...expected: string[]): Promise<true> {
  return eventually(async () => {
    const shown = (await elsewhere.states(runId, 'work')).map(({ progress = '' }) => progress);
    return isDeepStrictEqual(shown, expected);
  });
}

test('what a runtime says of a state is shown by any state manager, while the state is executed', async () => {
  const runtime = await system.connect(['SplitNode', 'WorkNode', 'MergeNode']);
  const runId = await system.client.start('progress', template);
  runtime.reportExecuted(await runtime.assignment(), [{}, {}]);
  const [first, second] = await runtime.assignments(2);
  const tell = (...items: { of: typeof first; message: string; leaseToken?: string }[]) => {
    const progress = items.map(({ of, message, leaseToken = of?.leaseToken ?? '' }) => ({
      ...{ stateId: of?.stateId ?? '', leaseToken, message },
    }));
    runtime.send({ heartbeat: { progress } });
  };
  tell({ of: first, message: 'a third' }, { of: second, message: 'forged', leaseToken: 'another' });
  await shows(runId, 'a third', '');
  tell({ of: first, message: `half${'.'.repeat(2_000)}` });
  await shows(runId, `half${'.'.repeat(1_020)}`, '');
  const told = await elsewhere.call<ExplainUniteResponse__Output>((...more) =>
    elsewhere.runs.explainUnite({ runId }, ...more),
  );
  const [branch] = told.scopes?.[0]?.missing ?? [];
  assert.match(branch?.states?.[0]?.progress ?? '', /^half/);
  runtime.reportExecuted(first!, [{}]);
  await shows(runId, '', '');
  runtime.reportExecuted(second!, [{}]);
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
});

test('progress that names no lease is a frame that is refused', async () => {
  const runtime = await system.connect(['SplitNode']);
  runtime.send({ heartbeat: { progress: [{ message: 'of nothing' }] } });
  const { details } = await runtime.ended;
  assert.match(details, /heartbeat\.progress\[0\]/);
});
