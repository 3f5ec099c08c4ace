/** The list `unite.failures`, however long it is. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { StateRecord } from '../../services/state-manager/domain/run/state-record.ts';
import type { LoadedRun } from '../../services/state-manager/engine/ports/loaded-run.ts';
import { pageOf } from '../../services/state-manager/engine/tree/page-of-outputs.ts';
import {
  failureItems,
  wholeFailures,
  writeFailureToken,
} from '../../services/state-manager/engine/tree/unite-failures.ts';
import { FanoutError } from '../../services/state-manager/errors.ts';
import { failureMember, runFields } from '../../services/state-manager/storage/layout/run-fields.ts';
import { encodeState } from '../../services/state-manager/storage/layout/state-record.ts';
import { nodeTemplate } from '../support/graphs.ts';
import { beginRun } from './begin-run.ts';
import { compile, newRun, startStorage } from './fixture.ts';
import { errored, executed, SessionDriver, values } from './session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

const graph = compile({
  retry_policy: { max_retries: 0 },
  nodes: [
    nodeTemplate('split', ['work']),
    nodeTemplate('work', ['merge']),
    nodeTemplate('merge', [], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
  ],
});
const [split, work, merge] = [0, 1, 2];
const scope = { unite: merge, execution: 1 };

/** A run whose unite has fired over so many failures: the first by steps, the others as these would have left them. */
async function united(failures: number, message: string): Promise<{ run: LoadedRun; record: StateRecord }> {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [split]);
  await driver.settle(run, [executed(root!, values(1))]);
  const [failed] = await driver.claim(run, [work]);
  await driver.settle(run, [errored(failed!, false)]);
  const [first] = await storage.runs.records(run.runId, [failed!.state]);
  const json = JSON.stringify({ code: 'BROKEN', message });
  for (let from = 1; from < failures; from += 5_000) {
    const commands = redis.pipeline();
    for (let branch = from; branch < Math.min(failures, from + 5_000); branch++) {
      const state = 10 + branch;
      const { node, parent, refs } = first!.standing;
      const standing = { node, parent, refs, scopes: [{ ...scope, branch }] };
      const record = encodeState({ ...first!, work: state, output: branch, standing });
      commands.hset(keys.run(run.runId), state, record, runFields.branch(scope, branch), '0,2');
      commands.hset(keys.outputs(run.runId), `e${state}`, json);
      commands.zadd(keys.failures(run.runId), 0, failureMember({ ...scope, branch }, state));
    }
    await commands.exec();
  }
  const [{ result } = {}] = (await storage.runs.scopes(run.runId, [scope])) as { result?: number }[];
  const [record] = await storage.runs.records(run.runId, [result!]);
  return { run, record: record! };
}

test('100,000 failures are read with no more than a page of them in memory, and cut with the number left out', async () => {
  const number = 100_000;
  const { run, record } = await united(number, 'x'.repeat(200));
  let [count, largest] = [0, 0];
  for await (const page of failureItems(storage.runs, run, record)) {
    count += page.length;
    largest = Math.max(largest, page.length);
  }
  assert.equal(count, number);
  assert.ok(largest <= 100, `${largest} at once`);
  const whole = await wholeFailures(storage.runs, run, record, { maxBytes: 1e9, countsRest: true });
  assert.deepEqual([whole.failures.length, whole.leftOut], [1_000, number - 1_000]);
  const few = await wholeFailures(storage.runs, run, record, { maxBytes: 1_000, countsRest: true });
  assert.ok(few.failures.length < 5);
  assert.equal(few.failures.length + few.leftOut, number);
});

test('pages of failures follow each other, whatever they may hold', async () => {
  const { run, record } = await united(230, 'x'.repeat(300));
  for (const limits of [
    { items: 1_000, bytes: 1e9 },
    { items: 7, bytes: 1e9 },
    { items: 100, bytes: 1e9 },
    { items: 1_000, bytes: 2_000 },
    { items: 1_000, bytes: 1 },
  ]) {
    const paths: string[] = [];
    for (let pageToken = ''; ; ) {
      const items = failureItems(storage.runs, run, record, pageToken);
      const page = await pageOf(items, limits, ({ place }) => writeFailureToken(place));
      assert.ok(page.items.length > 0 && page.items.length <= limits.items);
      paths.push(...page.items.map(({ failure }) => failure.path));
      if (page.nextPageToken === undefined) break;
      pageToken = page.nextPageToken;
    }
    assert.deepEqual(
      paths,
      Array.from({ length: 230 }, (_, branch) => `${branch}.0`),
    );
  }
  for (const token of ['x', '1', '1.', '1.2.3', '-1.2', '0.0!1']) {
    await assert.rejects(
      failureItems(storage.runs, run, record, token).next(),
      (error: unknown) => error instanceof FanoutError && error.reason === 'PAGE_TOKEN_INVALID',
    );
  }
});
