/** The examples in the heads of settle.lua and count_unites.lua are what real runs leave in Redis, step by step. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { scriptNamed } from '../../../services/state-manager/storage/connection/scripts.ts';
import { expression, nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { errored, executed, type Held, SessionDriver, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys } = fixture;
const driver = new SessionDriver(storage);
await driver.attach();
const graph = compile({
  nodes: [
    nodeTemplate('split', ['work']),
    nodeTemplate('work', ['merge'], { inputs: { value: expression('split.outputs.value') } }),
    nodeTemplate('merge', [], { unites: { identifier: 'split' } }),
  ],
});

type Fields = Record<string, string>;

/** The steps of a head comment: lines of five spaces are fields and their values, and what stands above is a title. */
function example(path: string): Fields[] {
  const { text } = scriptNamed('settle').files.find((file) => file.path === path)!;
  const steps: Fields[] = [];
  let isTitle = true;
  for (const line of text.split('\n')) {
    const [, field, value] = /^-- {5}(\S+) +(\S+)$/.exec(line) ?? [];
    if (field && isTitle) steps.push({});
    if (field) steps.at(-1)![field] = value!;
    isTitle = field === undefined;
  }
  return steps;
}

/** Plays settlements of a new run: the records that each has changed, after those of the first lease. */
async function played(steps: readonly ((held: readonly Held[]) => ReturnType<typeof executed>[])[]) {
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  let before: Fields = {};
  /** Fields that are not as they were at the last look. */
  const look = async (): Promise<Fields> => {
    const all = Object.entries(await redis.hgetall(keys.run(run.runId)))
      .filter(([field]) => /^(\d+|[ub]\d.*)$/.test(field))
      .map(([field, value]): [string, string] => [
        field,
        /^\d/.test(field)
          ? value.replace(/^(\w)([^|]*)\|[\d+]+/, (_, status, token) => `${status}${token && 'T'}|t`)
          : value,
      ]);
    const changed = Object.fromEntries(all.filter(([field, value]) => before[field] !== value));
    before = Object.fromEntries(all);
    return changed;
  };
  let held: Held[] = await driver.claim(run, [0]);
  const changes = [await look()];
  for (const step of steps) {
    await driver.settle(run, step(held));
    changes.push(await look());
    if (held.length > 1) continue;
    held = await driver.claim(run, [1]);
    await look();
  }
  return changes;
}

const split = ([root]: readonly Held[]) => [executed(root!, values(3))];
const delivers =
  (...which: number[]) =>
  (held: readonly Held[]) =>
    which.map((i) => executed(held[i]!, [{}]));
const fails = (which: number) => (held: readonly Held[]) => [errored(held[which]!, false)];

test('settle.lua: three branches that deliver', async () => {
  assert.deepEqual(example('run/settle.lua'), await played([split, delivers(0, 1), delivers(2)]));
});

test('count_unites.lua: three branches, of which one fails', async () => {
  const [, ...steps] = await played([split, delivers(0), fails(1), delivers(2)]);
  const counted = steps.map((fields) =>
    Object.fromEntries(Object.entries(fields).filter(([field]) => /^[ub5]/.test(field))),
  );
  assert.deepEqual(example('shared/count_unites.lua'), counted);
});
