/** Walks over what storage really holds: lists in path order, of any length, from any place on. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Graph } from '../../services/state-manager/domain/graph/graph.ts';
import type { LoadedRun } from '../../services/state-manager/engine/ports/loaded-run.ts';
import {
  type FoundOutput,
  type OutputCursor,
  outputsInOrder,
} from '../../services/state-manager/engine/tree/outputs-in-order.ts';
import {
  readToken,
  unitedItems,
  uniteValues,
  writeToken,
} from '../../services/state-manager/engine/tree/united-lists.ts';
import { FanoutError } from '../../services/state-manager/errors.ts';
import { nodeTemplate } from '../support/graphs.ts';
import { beginRun } from './begin-run.ts';
import { compile, newRun, startStorage } from './fixture.ts';
import { errored, executed, type Held, SessionDriver } from './session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { storage } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();

/** `split` has branches with a `left` and a `right`; `left` fans out again; both lead to `merge`. */
const graph = compile({
  retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 0 },
  nodes: [
    nodeTemplate('split', ['right', 'left']),
    nodeTemplate('left', ['leaf']),
    nodeTemplate('leaf', ['inner']),
    nodeTemplate('inner', ['merge'], { unites: { identifier: 'left', strategy: 'ALL_DONE' } }),
    nodeTemplate('right', ['merge']),
    nodeTemplate('merge', ['end'], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
    nodeTemplate('end'),
  ],
});
const index = (identifier: string) => graph.nodes.findIndex((node) => node.identifier === identifier);

async function executeAll(
  run: LoadedRun,
  report: (held: Held) => ReturnType<typeof executed>,
): Promise<void> {
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  for (let held = await driver.claim(run); held.length > 0; held = await driver.claim(run)) {
    // Last come, first settled: numbers of states then say nothing about paths.
    for (const one of held.reverse())
      assert.equal((await driver.settle(run, [report(one)])).kind, 'committed');
  }
}

/** Places as `output.position` for each step, then the output that was found. */
async function found(run: LoadedRun, targets: readonly string[], after?: OutputCursor): Promise<string[]> {
  const places: string[] = [];
  for await (const page of outputsInOrder(
    { storage: storage.runs, run, from: 1, targets: targets.map(index) },
    after,
  )) {
    places.push(...page.map(writeToken));
  }
  return places;
}

function inPathOrder(places: readonly string[]): string[] {
  const key = (place: string) => place.replaceAll('u', '999').split(/[/.!]/).map(Number);
  const compare = (left: number[], right: number[]): number => {
    const at = left.findIndex((part, i) => part !== right[i]);
    return at < 0 ? left.length - right.length : left[at]! - (right[at] ?? -1);
  };
  return [...places].sort((left, right) => compare(key(left), key(right)));
}

const widths: Readonly<Record<string, number>> = { split: 4, left: 3, leaf: 2 };

/** The second branch's right fails once and its last leaf for good; the third branch's left gives nothing. */
function behave(of: Graph): (held: Held) => ReturnType<typeof executed> {
  const branches = new Map<number, number>();
  return (held) => {
    const { standing, output, retries } = held.record;
    const { identifier } = of.nodes[standing.node]!;
    const branch = branches.get(standing.parent) ?? output ?? 0;
    if (standing.parent > 0) branches.set(held.state, branch);
    if (branch === 1 && identifier === 'right' && retries === 0) return errored(held, true);
    if (branch === 1 && identifier === 'leaf' && output === 2) return errored(held, false);
    const width = branch === 2 && identifier === 'left' ? 0 : (widths[identifier] ?? 1);
    return executed(
      held,
      Array.from({ length: width }, (_, value) => ({ value, of: { state: held.state } })),
    );
  };
}

test('a walk finds every output of its targets in path order, through retries and unites', async () => {
  const run = newRun(graph);
  await executeAll(run, behave(graph));
  assert.deepEqual(await found(run, ['right']), ['0.0!0', '1.0!0', '2.0!0', '3.0!0']);
  const leaves = await found(run, ['leaf']);
  assert.equal(leaves.length, 2 * (3 + 2 + 3));
  assert.deepEqual(leaves, inPathOrder(leaves));
  assert.deepEqual(
    await found(run, ['inner']),
    [0, 1, 2, 3].map((branch) => `${branch}.1/u.${index('inner')}!0`),
  );
  assert.deepEqual(await found(run, ['end']), [`u.${index('merge')}/0.0!0`]);
  const all = await found(run, ['leaf', 'right', 'inner', 'end']);
  assert.equal(all.length, 16 + 4 + 4 + 1);
  assert.deepEqual(all, inPathOrder(all));
});

test('a walk goes on behind any place where it stopped', async () => {
  const run = newRun(graph);
  await executeAll(run, behave(graph));
  for (const targets of [['leaf'], ['leaf', 'right', 'inner', 'end']]) {
    const all = await found(run, targets);
    for (const [i, place] of all.entries()) {
      assert.deepEqual(await found(run, targets, readToken(place)), all.slice(i + 1), `behind ${place}`);
    }
  }
});

test('a walk is right however long the list is', async () => {
  const wide = compile({
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', [], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
    ],
  });
  const run = newRun(wide);
  const width = 499;
  await executeAll(run, (held) => {
    const { standing, output } = held.record;
    if (standing.node === 1 && output! % 7 === 3) return errored(held, false);
    const count = standing.node === 0 ? width : standing.node === 1 ? 1 + (output! % 3) : 1;
    return executed(
      held,
      Array.from({ length: count }, (_, i) => ({ value: `${output}.${i}`, large: 'x'.repeat(output! % 50) })),
    );
  });
  const expected = Array.from({ length: width }, (_, i) => i)
    .filter((i) => i % 7 !== 3)
    .flatMap((i) => Array.from({ length: 1 + (i % 3) }, (_, j) => `${i}.${j}`));
  const [scope] = await storage.runs.scopes(run.runId, [{ unite: 2, execution: 1 }]);
  const [record] = await storage.runs.records(run.runId, [scope!.result!]);
  const read = async (pageToken = '') => {
    const items: { json: string; output: FoundOutput }[] = [];
    const list = { node: 1, path: ['value'] };
    for await (const page of unitedItems(storage.runs, run, record!, list, pageToken)) items.push(...page);
    return items;
  };
  const items = await read();
  assert.deepEqual(
    items.map(({ json }) => JSON.parse(json)),
    expected,
  );
  const rest = await read(writeToken(items[600]!.output));
  assert.deepEqual(
    rest.map(({ json }) => JSON.parse(json)),
    expected.slice(601),
  );

  const needs = { failures: true, failuresLeftOut: true, maxFailureBytes: 1e6 };
  const unite = (await uniteValues(storage.runs, run, record!, needs)) as {
    counts: object;
    failures: { identifier: string; path: string; code: string }[];
  };
  const failed = Array.from({ length: width }, (_, i) => i).filter((i) => i % 7 === 3);
  const succeeded = width - failed.length;
  assert.deepEqual(unite.counts, {
    total: width,
    succeeded,
    failed: failed.length,
    pruned: 0,
    unfinished: 0,
    left_out: 0,
  });
  assert.deepEqual(
    unite.failures.map(({ path }) => path),
    failed.map((branch) => `${branch}.0`),
  );
  assert.deepEqual(unite.failures[0], {
    identifier: 'work',
    path: '3.0',
    code: 'BROKEN',
    message: 'it broke',
  });
});

test('a token that no list gave is refused', () => {
  for (const token of ['', '!', '1.0!x', 'u!0', '0.0/!1', '{}', `${'9'.repeat(20)}.0!0`]) {
    assert.throws(
      () => readToken(token),
      (error: unknown) => error instanceof FanoutError && error.reason === 'PAGE_TOKEN_INVALID',
      token,
    );
  }
});
